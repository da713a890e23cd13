// A lock of your own, written with bare Atomics, and the test that finds what is
// wrong with it: the tester needs to know nothing of it.
//
//     deno run -R=. examples/own_lock.ts

import { explore, type Model } from "@interlock/threading/testing";

const FREE = 0, HELD = 1, CROWDED = 2; // CROWDED: held, and somebody may sleep.

interface Shared {
  word: Int32Array<SharedArrayBuffer>;
  inside: Int32Array<SharedArrayBuffer>;
  mended: boolean;
}

function lock({ word, mended }: Shared): void {
  let mine = HELD;
  while (Atomics.compareExchange(word, 0, FREE, mine) !== FREE) {
    const found = Atomics.compareExchange(word, 0, HELD, CROWDED);
    if (found !== FREE) Atomics.wait(word, 0, CROWDED);
    // Who has slept does not know who else sleeps.
    if (mended) mine = CROWDED;
  }
}

function unlock({ word }: Shared): void {
  if (Atomics.exchange(word, 0, FREE) === CROWDED) Atomics.notify(word, 0, 1);
}

/** What each thread does in the test. */
export function visit(shared: Shared): void {
  lock(shared);
  if (Atomics.add(shared.inside, 0, 1) !== 0) throw new Error("two inside");
  Atomics.sub(shared.inside, 0, 1);
  unlock(shared);
}

function threeVisitors(mended: boolean): Model<Shared> {
  return {
    module: import.meta.url,
    threads: [visit, visit, visit],
    setup: () => ({
      word: new Int32Array(new SharedArrayBuffer(4)),
      inside: new Int32Array(new SharedArrayBuffer(4)),
      mended,
    }),
  };
}

if (import.meta.main) {
  const { executions, failure } = await explore(threeVisitors(false));
  console.log(`${failure?.message}\n\n${failure?.table}\n`);
  const mended = await explore(threeVisitors(true));
  mended.assertOk(); // In a test this line is all you need.
  console.log(`as it was: ${failure?.kind}, in execution ${executions}`);
  console.log(
    `mended: no failure in ${mended.executions} executions, which are ${
      mended.complete ? "all" : "some"
    } with up to two interruptions`,
  );
}
