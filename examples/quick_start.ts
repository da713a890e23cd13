// Fifteen customers book ten seats, each in a thread of their own.
import { AtomicInt32, Lock, Thread } from "@interlock/threading";
import { type Task, task } from "@interlock/threading";

export const book: Task<(seats: AtomicInt32, lock: Lock) => boolean> = task(
  import.meta,
  function book(seats, lock) {
    return lock.run(() => seats.load() > 0 && seats.sub(1) > 0);
  },
);

if (import.meta.main) {
  const seats = new AtomicInt32(10), lock = new Lock();
  const customer = () => new Thread(book, [seats, lock]).start();
  const customers = Array.from({ length: 15 }, customer);
  const sold = customers.filter((thread) => thread.result()).length;
  console.log(`${sold} of 15 bookings sold, ${seats.load()} seats left`);
}
