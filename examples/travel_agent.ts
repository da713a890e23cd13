// A travel agent serves five customers, who arrive at their own times and stand in
// line: a Condition, on which the agent waits for customers and they for the agent.
//
//     deno run -R=. examples/travel_agent.ts

import {
  AtomicInt32,
  Condition,
  Lock,
  sleep,
  type Task,
  task,
  Thread,
} from "@interlock/threading";

const CUSTOMERS = ["Ada", "Barbara", "Edsger", "Grace", "Tony"];

/** The waiting line in shared memory; the lock of the condition protects all of it. */
interface Line {
  changed: Condition<Lock>;
  /** Who stands at each place. */
  places: AtomicInt32[];
  come: AtomicInt32;
  served: AtomicInt32;
}

/** Stands in line after so many milliseconds, and returns at which place when served. */
export const visit: Task<
  (customer: number, delay: number, line: Line) => number
> = task(import.meta, function visit(customer, delay, line) {
  const { changed, places, come, served } = line, name = CUSTOMERS[customer];
  sleep(delay);
  return changed.run(() => {
    const place = come.add(1);
    places[place]!.store(customer);
    console.log(`${name} stands in line`);
    changed.notifyAll();
    changed.waitFor(() => served.load() > place);
    console.log(`${name} leaves with a journey`);
    return place;
  });
});

/** Serves all customers, and returns in which order. */
export const serve: Task<(line: Line) => number[]> = task(
  import.meta,
  function serve({ changed, places, come, served }) {
    const order: number[] = [];
    for (const place of places) {
      const customer = changed.run(() => {
        changed.waitFor(() => come.load() > served.load());
        return place.load();
      });
      console.log(`the agent serves ${CUSTOMERS[customer]}`);
      sleep(20); // Without the lock: others may arrive meanwhile.
      order.push(customer);
      changed.run(() => {
        served.add(1);
        changed.notifyAll();
      });
    }
    console.log("the agent goes home");
    return order;
  },
);

/** Numbers below 150 that look like chance, and are the same in each run. */
function* delays(seed = 5): Generator<number, never> {
  for (;;) yield (seed = (seed * 1103515245 + 12345) % 2 ** 31) % 150;
}

if (import.meta.main) {
  const line: Line = {
    changed: new Condition(new Lock()),
    places: CUSTOMERS.map(() => new AtomicInt32()),
    come: new AtomicInt32(),
    served: new AtomicInt32(),
  };
  const agent = new Thread(serve, [line]).start();
  const delay = delays();
  const customers = CUSTOMERS.map((_, customer) =>
    new Thread(visit, [customer, delay.next().value, line]).start()
  );

  const order = agent.result();
  const places = customers.map((customer) => customer.result());
  const inOrder = places.every((place, customer) => order[place] === customer);
  console.log(
    `\n${order.length} customers served, ${
      inOrder ? "in the order they came" : "out of order"
    }`,
  );
}
