/**
 * Pools beside each other: ThreadPoolExecutor, piscina, and two bare workers that are
 * sent messages.
 *
 * Where the work takes time, the tasks of ours say how long they worked: half of that is
 * what two threads would need that did nothing else. (The engine compiles the work anew in
 * each thread, and after long: so another thread's time would say little.) The contenders take turns round by round. A round is so many calls of a task: all
 * submitted at once and awaited together, or one after the other.
 *
 * @module
 */

import { ThreadPoolExecutor } from "../../mod.ts";
import { loopsFor } from "./busy.ts";
import type { Measured } from "./measure.ts";
import { Piscina } from "./pool_peer.ts";
import { timedWork, work } from "./pool_tasks.ts";

/** What a round is made of. */
export type Calls = "empty" | "50 µs" | "round trips";

const WORKERS = 2;
/** The inputs that a thread takes at once, where chunks are measured. */
const CHUNK = 64;
/** How many calls a round has: so many that the slowest takes some 50 ms. */
const ROUNDS: Record<Calls, Record<string, number>> = {
  "empty": {
    ours: 4000,
    "ours, map": 40_000,
    postMessage: 4000,
    piscina: 1000,
  },
  "50 µs": { ours: 1000, postMessage: 1000, piscina: 1000 },
  "round trips": { ours: 1000, postMessage: 500, piscina: 300 },
};
/** Rounds in which the engine compiles all this. */
const WARM_UP = 10;

const MODULE = new URL("./pool_tasks.ts", import.meta.url);

/** Measures the contenders; nanoseconds per call of each round, by contender. */
export async function poolRatios(calls: Calls, turns = 21): Promise<Measured> {
  const loops = calls === "50 µs" ? loopsFor(50) : 0;
  const pools = new Pools(loops), measured: Measured = {};
  try {
    for (let turn = -WARM_UP; turn < turns; turn++) {
      const names = Object.keys(ROUNDS[calls]);
      for (const name of turn % 2 === 0 ? names : names.toReversed()) {
        const count = ROUNDS[calls][name]!;
        const begin = performance.now();
        if (calls === "round trips") await pools.oneByOne(name, count);
        else await pools.together(name, count);
        const nanoseconds = (performance.now() - begin) * 1e6 / count;
        if (turn < 0) continue;
        (measured[name] ??= []).push(nanoseconds);
        if (name !== "ours" || loops === 0) continue;
        (measured["ideal"] ??= []).push(pools.inside * 1e6 / WORKERS / count);
      }
    }
    return measured;
  } finally {
    await pools.close();
  }
}

class Pools {
  readonly #loops: number;
  readonly #pool = new ThreadPoolExecutor({ maxWorkers: WORKERS });
  readonly #piscina = new Piscina({
    filename: MODULE.href,
    minThreads: WORKERS,
    maxThreads: WORKERS,
  });
  readonly #bare = Array.from(
    { length: WORKERS },
    () => new Worker(MODULE, { type: "module", name: "bare" }),
  );
  /** How long the tasks of ours worked in the last round, in milliseconds. */
  inside = 0;
  #left = 0;
  #done = () => {};

  constructor(loops: number) {
    this.#loops = loops;
    for (const worker of this.#bare) {
      worker.onmessage = () => {
        if (--this.#left === 0) this.#done();
      };
    }
  }

  async together(name: string, count: number): Promise<void> {
    const calls = Array.from({ length: count }, () => this.#loops);
    if (name === "ours, map") {
      const results = this.#pool.map(work, calls, { chunkSize: CHUNK });
      await results.toArrayAsync();
    } else if (name === "ours") {
      const timed = this.#loops > 0;
      const times = await Promise.all(
        calls.map((loops) =>
          timed ? this.#pool.submit(timedWork, loops) : this.#pool.submit(
            work,
            loops,
          )
        ),
      );
      this.inside = times.reduce<number>((sum, time) => sum + (time ?? 0), 0);
    } else if (name === "piscina") {
      await Promise.all(calls.map((loops) => this.#piscina.run(loops)));
    } else {
      const all = this.#expect(count);
      for (const [i, loops] of calls.entries()) {
        this.#bare[i % WORKERS]!.postMessage(loops);
      }
      await all;
    }
  }

  async oneByOne(name: string, count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      if (name === "ours") await this.#pool.submit(work, this.#loops);
      else if (name === "piscina") await this.#piscina.run(this.#loops);
      else {
        const answer = this.#expect(1);
        this.#bare[0]!.postMessage(this.#loops);
        await answer;
      }
    }
  }

  async close(): Promise<void> {
    for (const worker of this.#bare) worker.terminate();
    await this.#piscina.destroy();
    await this.#pool.shutdownAsync();
  }

  #expect(count: number): Promise<void> {
    this.#left = count;
    return new Promise((resolve) => this.#done = resolve);
  }
}
