// Ten threads sell ten seats to fifteen customers: without a lock they sell some
// seats twice, with a lock they do not.
//
//     deno run -R=. examples/seat_booking.ts

import {
  AtomicInt32,
  Barrier,
  Lock,
  sleep,
  type Task,
  task,
  Thread,
} from "@interlock/threading";

const SEATS = 10, CUSTOMERS = 15, SELLERS = 10;

/** Sells a seat if one is left. */
function book(seats: AtomicInt32): boolean {
  const left = seats.load();
  if (left === 0) return false;
  sleep(20); // The customer pays. Without a lock, the others sell the same seat.
  seats.store(left - 1);
  return true;
}

/** Serves one customer after the other, and returns how many got a seat. */
export const sell: Task<
  (
    seats: AtomicInt32,
    served: AtomicInt32,
    opening: Barrier,
    lock: Lock | undefined,
  ) => number
> = task(import.meta, function sell(seats, served, opening, lock) {
  let sold = 0;
  opening.wait(); // All sellers begin together.
  while (served.add(1) < CUSTOMERS) {
    const booked = lock ? lock.run(() => book(seats)) : book(seats);
    if (booked) sold++;
  }
  return sold;
});

/** Returns how many bookings were sold. */
function sellAll(lock?: Lock): number {
  const seats = new AtomicInt32(SEATS), served = new AtomicInt32();
  const opening = new Barrier(SELLERS);
  const sellers = Array.from(
    { length: SELLERS },
    () => new Thread(sell, [seats, served, opening, lock]).start(),
  );
  return sellers.reduce((sold, seller) => sold + seller.result(), 0);
}

if (import.meta.main) {
  const racing = sellAll();
  const oversold = `oversold by ${racing - SEATS}`;
  console.log(
    `without a lock: ${SEATS} seats, ${racing} bookings sold: ${oversold}`,
  );
  const sold = sellAll(new Lock());
  const refused = `${CUSTOMERS - sold} refused`;
  console.log(`with a lock: ${SEATS} seats, ${sold} bookings sold, ${refused}`);
}
