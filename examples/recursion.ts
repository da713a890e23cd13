// A bank moves money within a tree of accounts: to move it, it asks for the balance of
// every account below, and each of these functions takes the lock.
//
//     deno run -R=. examples/recursion.ts

import {
  AtomicInt32,
  Barrier,
  RLock,
  type Task,
  task,
  Thread,
} from "@interlock/threading";

const CLERKS = 4, MOVES = 500, DEPTH = 4;
/** Account n has the accounts 2n + 1 and 2n + 2 below it. */
const ACCOUNTS = 2 ** DEPTH - 1;

/** The money of an account and of all below it. */
function total(money: Int32Array, lock: RLock, account = 0): number {
  // The caller may have the lock already, and each call below has it once more. With a
  // Lock, the first call of itself would wait for ever for what its own thread holds.
  return lock.run(() => {
    const own = money[account];
    if (own === undefined) return 0;
    const left = total(money, lock, 2 * account + 1);
    return own + left + total(money, lock, 2 * account + 2);
  });
}

/** Moves from one account to another, if that one and those below it have so much. */
function move(
  money: Int32Array,
  lock: RLock,
  from: number,
  to: number,
  sum: number,
): boolean {
  return lock.run(() => {
    if (total(money, lock, from) < sum) return false;
    money[from]! -= sum;
    money[to]! += sum;
    return true;
  });
}

export const clerk: Task<
  (
    money: Int32Array<SharedArrayBuffer>,
    lock: RLock,
    opening: Barrier,
    moved: AtomicInt32,
    seed: number,
  ) => number
> = task(import.meta, function clerk(money, lock, opening, moved, seed) {
  let wrong = 0;
  opening.wait(); // All clerks begin together.
  for (let i = 0; i < MOVES; i++) {
    const from = (seed + 7 * i) % ACCOUNTS, to = (from + seed + 1) % ACCOUNTS;
    if (move(money, lock, from, to, 10)) moved.add(1);
    // Whoever looks in the middle of a move would find another sum.
    if (total(money, lock) !== 100 * ACCOUNTS) wrong++;
  }
  return wrong;
});

if (import.meta.main) {
  const money = new Int32Array(new SharedArrayBuffer(ACCOUNTS * 4)).fill(100);
  const lock = new RLock(), opening = new Barrier(CLERKS);
  const moved = new AtomicInt32();
  const clerks = Array.from(
    { length: CLERKS },
    (_, i) => new Thread(clerk, [money, lock, opening, moved, i]).start(),
  );
  const wrong = clerks.reduce((sum, thread) => sum + thread.result(), 0);
  console.log(
    `${moved.load()} moves, ${wrong} wrong sums, ${
      total(money, lock)
    } in ${ACCOUNTS} accounts`,
  );
}
