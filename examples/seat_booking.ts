// A pool of ten threads sells ten seats to fifteen customers: without a lock it sells
// some seats twice, with a lock it does not.
//
//     deno run -R=. examples/seat_booking.ts

import {
  AtomicInt32,
  Barrier,
  Lock,
  sleep,
  type Task,
  task,
  ThreadPoolExecutor,
} from "@interlock/threading";

const SEATS = 10, CUSTOMERS = 15, SELLERS = 10;

/** Sells a seat if one is left. */
function sell(seats: AtomicInt32): boolean {
  const left = seats.load();
  if (left === 0) return false;
  sleep(20); // The customer pays. Without a lock, the others sell the same seat.
  seats.store(left - 1);
  return true;
}

/** Serves one customer, and returns whether they got a seat. */
export const book: Task<(seats: AtomicInt32, lock?: Lock) => boolean> = task(
  import.meta,
  function book(seats, lock) {
    return lock ? lock.run(() => sell(seats)) : sell(seats);
  },
);

/** What each seller does before the first customer. */
export const open: Task<(opening: Barrier) => void> = task(
  import.meta,
  function open(opening) {
    opening.wait(); // All sellers begin together.
  },
);

/** Returns how many bookings were sold. */
async function sellAll(pool: ThreadPoolExecutor, lock?: Lock): Promise<number> {
  const seats = new AtomicInt32(SEATS);
  const bookings = Array.from(
    { length: CUSTOMERS },
    () => pool.submit(book, seats, lock),
  );
  const booked = await Promise.all(bookings);
  return booked.filter((booking) => booking).length;
}

if (import.meta.main) {
  await using pool = new ThreadPoolExecutor({
    maxWorkers: SELLERS,
    initializer: open,
    initArgs: [new Barrier(SELLERS)],
  });
  const racing = await sellAll(pool);
  const oversold = `oversold by ${racing - SEATS}`;
  console.log(
    `without a lock: ${SEATS} seats, ${racing} bookings sold: ${oversold}`,
  );
  const sold = await sellAll(pool, new Lock());
  const refused = `${CUSTOMERS - sold} refused`;
  console.log(`with a lock: ${SEATS} seats, ${sold} bookings sold, ${refused}`);
}
