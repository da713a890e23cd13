// Nine customers book a flight, a hotel and a car. The agency has three desks: a
// Semaphore lets three customers in at a time.
//
//     deno run -R=. examples/travel_package.ts

import {
  AtomicInt32,
  Latch,
  Semaphore,
  sleep,
  type Task,
  task,
  Thread,
} from "@interlock/threading";

const DESKS = 3, CUSTOMERS = 9;

export const book: Task<
  (
    customer: number,
    desks: Semaphore,
    full: Latch,
    inside: AtomicInt32,
    most: AtomicInt32,
  ) => void
> = task(import.meta, function book(customer, desks, full, inside, most) {
  desks.run(() => {
    const now = inside.add(1) + 1;
    most.update((before) => Math.max(before, now));
    full.countDown();
    full.wait(); // The first ones wait here until every desk is taken.
    for (const _part of ["flight", "hotel", "car"]) sleep(5);
    console.log(`customer ${customer} has booked a flight, a hotel and a car`);
    inside.sub(1);
  });
});

if (import.meta.main) {
  const desks = new Semaphore(DESKS), full = new Latch(DESKS);
  const inside = new AtomicInt32(), most = new AtomicInt32();
  const customers = Array.from(
    { length: CUSTOMERS },
    (_, i) => new Thread(book, [i + 1, desks, full, inside, most]).start(),
  );
  for (const customer of customers) customer.result();

  if (most.load() !== DESKS) throw new Error(`${most.load()} were inside`);
  console.log(
    `\n${CUSTOMERS} packages booked, never more than ${most.load()} at once`,
  );
}
