// A traveller asks travel agencies for an offer, two at a time, looks at each answer as
// it comes, and takes the first one that is cheap enough: the futures of a pool.
//
//     deno run -R=. examples/best_offer.ts

import {
  Event,
  Future,
  sleep,
  type Task,
  task,
  ThreadPoolExecutor,
} from "@interlock/threading";

const BUDGET = 500;
const PRICES: Record<string, number> = {
  "Last Minute": 300,
  "Sunny Tours": 940,
  "Moon Travel": 0,
  "Globe & Sons": 620,
  "Fair Wind": 480,
  "Good Hope": 510,
};

/** Asks an agency for its price. */
export const ask: Task<(agency: string, decided: Event) => number> = task(
  import.meta,
  function ask(agency, decided) {
    // They take their time over the best offer: until it is too late.
    if (agency === "Last Minute") decided.wait();
    else sleep(10);
    const price = PRICES[agency]!;
    if (price === 0) throw new RangeError("we are booked out");
    return price;
  },
);

if (import.meta.main) {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  const decided = new Event();
  const asked = new Map(
    Object.keys(PRICES).map((name) => [pool.submit(ask, name, decided), name]),
  );

  let best = "nobody";
  for await (const { future } of Future.asCompleted(asked.keys())) {
    const agency = asked.get(future)!;
    const error = future.exception();
    console.log(`${agency}: ${error ?? future.result()}`);
    if (error === undefined && future.result() <= BUDGET) {
      best = agency;
      break;
    }
  }
  decided.set();
  for (const future of asked.keys()) future.cancel(); // what nobody has begun
  console.log(`\nthe traveller books with ${best}`);
}
