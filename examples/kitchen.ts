// Two waiters take orders and three cooks cook them: producers and consumers with a
// Queue between them, which holds at most four orders, so that nobody runs ahead.
//
//     deno run -R=. examples/kitchen.ts

import { Queue, sleep, type Task, task, Thread } from "@interlock/threading";

interface Order {
  table: number;
  dish: string;
}

const DISHES = ["soup", "fish", "cake"];

/** Takes the orders of some tables. */
export const takeOrders: Task<
  (orders: Queue<Order>, tables: number[]) => void
> = task(import.meta, function takeOrders(orders, tables) {
  for (const table of tables) {
    for (const dish of DISHES) orders.put({ table, dish });
  }
});

/** Cooks until the kitchen closes, and returns what it cooked. */
export const cook: Task<(orders: Queue<Order>) => Order[]> = task(
  import.meta,
  function cook(orders) {
    const cooked: Order[] = [];
    for (const order of orders) {
      sleep(5);
      cooked.push(order);
      orders.taskDone();
    }
    return cooked;
  },
);

if (import.meta.main) {
  const orders = new Queue<Order>({ maxSize: 4 });
  const cooks = Array.from(
    { length: 3 },
    () => new Thread(cook, [orders]).start(),
  );
  const waiters = [[1, 2], [3, 4]].map((tables) =>
    new Thread(takeOrders, [orders, tables]).start()
  );

  for (const waiter of waiters) waiter.result();
  orders.join();
  console.log("all orders are cooked");
  orders.shutdown();
  const cooked = cooks.flatMap((cook) => cook.result());

  const once = new Set(cooked.map(({ table, dish }) => `${table} ${dish}`));
  console.log(`\n${cooked.length} dishes cooked, ${once.size} different ones`);
}
