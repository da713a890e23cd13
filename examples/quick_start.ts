// Fifteen customers book ten seats, and four threads serve them.
import { AtomicInt32, Lock, ThreadPoolExecutor } from "@interlock/threading";
import { type Task, task } from "@interlock/threading";

export const book: Task<(seats: AtomicInt32, lock: Lock) => boolean> = task(
  import.meta,
  function book(seats, lock) {
    return lock.run(() => seats.load() > 0 && seats.sub(1) > 0);
  },
);

if (import.meta.main) {
  const seats = new AtomicInt32(10), lock = new Lock();
  await using pool = new ThreadPoolExecutor({ maxWorkers: 4 });
  const customer = () => pool.submit(book, seats, lock);
  const sold = await Promise.all(Array.from({ length: 15 }, customer));
  console.log(`${sold.filter(Boolean).length} of 15 bookings sold`);
}
