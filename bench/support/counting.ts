/**
 * LongAdder beside one AtomicBigInt64 that all threads add to.
 *
 * The two take turns round by round, and what counts is the median of the ratios
 * within a turn.
 *
 * @module
 */

import {
  AtomicBigInt64,
  AtomicInt32,
  Latch,
  LongAdder,
  Thread,
} from "../../mod.ts";
import { countRounds, OURS, type Round, SINGLE } from "./counting_worker.ts";
import { median } from "../report/statistics.ts";

const TURNS = 15, TIMES = 400_000;
/** Rounds in which the engine compiles the loops. */
const WARM_UP = 2;
/** In milliseconds; longer than any round takes. */
const PATIENCE = 60_000;

/** Nanoseconds per addition, and how many times as many LongAdder does in the same time. */
export interface Counting {
  ours: number;
  single: number;
  ratio: number;
}

/** Measures so many threads that do nothing but add; throws if a sum is wrong. */
export function countingRatio(workers: number): Counting {
  const ours = new LongAdder(), single = new AtomicBigInt64();
  const ready = new AtomicInt32();
  const rounds = Array.from(
    { length: 2 * (WARM_UP + TURNS) },
    (_, n): Round => ({
      // There and back: who comes after whom must not matter.
      which: n % 4 === 0 || n % 4 === 3 ? OURS : SINGLE,
      times: TIMES,
      go: new Latch(1),
      done: new Latch(workers),
    }),
  );
  const threads = Array.from(
    { length: workers },
    () => new Thread(countRounds, [ours, single, ready, rounds]).start(),
  );
  for (let n = 0; n < workers; n = ready.load()) {
    expect(ready.wait(n, PATIENCE));
  }

  const measured: [number[], number[]] = [[], []];
  for (const { which, times, go, done } of rounds) {
    const start = performance.now();
    go.countDown();
    expect(done.wait(PATIENCE));
    const nanoseconds = (performance.now() - start) * 1e6;
    measured[which]!.push(nanoseconds / (times * workers));
  }
  for (const thread of threads) expect(thread.join(PATIENCE));
  const due = BigInt(workers * TIMES * rounds.length / 2);
  if (ours.sum() !== due || single.load() !== due) {
    throw new Error(`${ours} and ${single}, of ${due}`);
  }
  const [mine, theirs] = measured.map((all) => all.slice(WARM_UP));
  return {
    ours: median(mine!),
    single: median(theirs!),
    ratio: median(mine!.map((time, turn) => theirs![turn]! / time)),
  };
}

function expect(ended: boolean): void {
  if (!ended) throw new Error("A thread did not do its round");
}
