// A travel agent serves five customers, who arrive at their own times and stand in
// line: a Condition, on which customers and the agent wait for each other.
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

/** How many have come, and how many were served; the condition guards both. */
type Line = { come: AtomicInt32; served: AtomicInt32 };

/** Comes after so many milliseconds, and returns its place in the line when it was served. */
export const visit: Task<
  (
    name: string,
    delay: number,
    line: Line,
    condition: Condition<Lock>,
  ) => number
> = task(import.meta, function visit(name, delay, { come, served }, condition) {
  sleep(delay);
  return condition.run(() => {
    const place = come.add(1) + 1;
    console.log(`${name} is number ${place} in line`);
    condition.notifyAll();
    condition.waitFor(() => served.load() >= place);
    console.log(`${name} has a journey, and leaves`);
    return place;
  });
});

/** Serves so many customers, one after the other, and returns in which order. */
export const serve: Task<
  (customers: number, line: Line, condition: Condition<Lock>) => number[]
> = task(import.meta, function serve(customers, { come, served }, condition) {
  const order: number[] = [];
  while (order.length < customers) {
    const next = served.load() + 1;
    condition.run(() => condition.waitFor(() => come.load() >= next));
    console.log(`the agent serves number ${next}`);
    sleep(20); // Without the lock: others may arrive meanwhile.
    condition.run(() => {
      served.add(1);
      condition.notifyAll();
    });
    order.push(next);
  }
  console.log("the agent goes home");
  return order;
});

/** Numbers below a limit that look random, and are the same in each run. */
function* delays(seed: number, limit: number): Generator<number, never> {
  for (;;) yield (seed = (seed * 1103515245 + 12345) % 2 ** 31) % limit;
}

if (import.meta.main) {
  const condition = new Condition(new Lock({ name: "agency" }));
  const line = { come: new AtomicInt32(), served: new AtomicInt32() };
  const agent = new Thread(serve, [CUSTOMERS.length, line, condition]).start();
  const delay = delays(5, 150);
  const customers = CUSTOMERS.map((name) =>
    new Thread(visit, [name, delay.next().value, line, condition]).start()
  );

  const order = agent.result();
  const places = customers.map((customer) => customer.result());
  const inOrder = order.every((number, i) => number === i + 1) &&
    new Set(places).size === CUSTOMERS.length;
  console.log(
    `\n${places.length} customers served, ${
      inOrder ? "in the order they came" : "out of order"
    }`,
  );
}
