/**
 * Pools beside each other: ThreadPoolExecutor, piscina, and two bare workers that are
 * sent messages.
 *
 * Where the work takes time, one thread that does it alone is there too: two can do it
 * in half of its time, not in less. The contenders take turns round by round. A round is so many calls of a task: all
 * submitted at once and awaited together, or one after the other.
 *
 * @module
 */

import { ThreadPoolExecutor } from "../../mod.ts";
import { busy, loopsFor } from "./busy.ts";
import type { Measured } from "./measure.ts";
import { Piscina } from "./pool_peer.ts";
import { work } from "./pool_tasks.ts";

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
  "50 µs": { ours: 1000, postMessage: 1000, piscina: 1000, "one thread": 200 },
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
        if (turn >= 0) (measured[name] ??= []).push(nanoseconds);
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
      await Promise.all(calls.map((loops) => this.#pool.submit(work, loops)));
    } else if (name === "one thread") {
      for (const loops of calls) busy(loops);
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
