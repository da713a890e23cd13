// Threads without shared state: they send each other messages that nobody can change.
// A bank keeps its accounts for itself, and all who want something write to it.
//
//     deno run -R=. examples/messages.ts

import {
  Queue,
  SimpleQueue,
  type Task,
  task,
  Thread,
} from "@interlock/threading";

/** What a customer wants. */
interface Wish {
  readonly customer: number;
  readonly from: string;
  readonly to: string;
  readonly amount: number;
}

/** What the bank answers. */
interface Answer {
  readonly customer: number;
  readonly done: boolean;
}

/** Keeps accounts that no other thread can reach, and returns them when the bank closes. */
export const bank: Task<
  (
    wishes: Queue<Wish>,
    answers: SimpleQueue<Answer>,
  ) => { accounts: Record<string, number>; frozen: boolean }
> = task(import.meta, function bank(wishes, answers) {
  const accounts: Record<string, number> = { ada: 100, alan: 100 };
  let frozen = true;
  for (const wish of wishes) {
    const { customer, from, to, amount } = wish;
    const done = accounts[from]! >= amount;
    if (done) {
      accounts[from]! -= amount;
      accounts[to]! += amount;
    }
    frozen &&= Object.isFrozen(wish);
    answers.put({ customer, done });
  }
  return { accounts, frozen };
});

/** Sends some wishes. */
export const visit: Task<(customer: number, wishes: Queue<Wish>) => void> =
  task(import.meta, function visit(customer, wishes) {
    const [from, to] = customer % 2 === 0 ? ["ada", "alan"] : ["alan", "ada"];
    for (let amount = 1; amount <= 20; amount++) {
      wishes.put({ customer, from: from!, to: to!, amount });
    }
  });

if (import.meta.main) {
  const wishes = new Queue<Wish>({ maxSize: 8, freeze: true });
  const answers = new SimpleQueue<Answer>();
  const teller = new Thread(bank, [wishes, answers]).start();
  const customers = [0, 1, 2].map((customer) =>
    new Thread(visit, [customer, wishes]).start()
  );

  for (const customer of customers) customer.result();
  wishes.shutdown();
  const { accounts, frozen } = teller.result();

  let done = 0, refused = 0;
  while (!answers.isEmpty) {
    if (answers.get().done) done++;
    else refused++;
  }
  console.log(`${done} transfers done, ${refused} refused`);
  const total = Object.values(accounts).reduce((sum, money) => sum + money);
  console.log(
    `\n${done + refused} of 60 wishes answered, the bank has ${total}, ${
      frozen ? "no message could be changed" : "messages could be changed"
    }`,
  );
}
