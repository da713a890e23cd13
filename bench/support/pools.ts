/**
 * The session of the family of pools: pools that start when they are first asked for, and stay.
 *
 * @module
 */

import { parallelMap } from "../../mod.ts";
import type { Request } from "./bare_worker.ts";
import type { Case, Round, Session } from "./family.ts";
import { escape, escapes } from "./mandelbrot.ts";
import { inTime } from "./patience.ts";
import {
  type BareWorkers,
  makePool,
  type OurPool,
  type Pool,
} from "./pool_contenders.ts";

/** A case: how many threads, and how tasks are called. */
export interface PoolCase extends Case {
  /** Whether all are submitted at once, each is awaited, or elements are computed. */
  readonly calls: "together" | "one by one" | "map";
  /** How long a task works. */
  readonly microseconds: number;
  /** The threads of the pool. */
  readonly size: number;
}

/** The tasks or elements of a round before the first one of a contender: threads start, and code is slow until then. */
const WARM_UP = 32;

/** The cases, and the pools. */
export class Pools implements Session {
  readonly cases: readonly PoolCase[];
  readonly #loops: number;
  readonly #pools = new Map<string, Pool>();
  /** The contenders of cases that have done a round. */
  readonly #warm = new Set<string>();

  /** Starts nothing yet; the loops of a microsecond. */
  constructor(cases: readonly PoolCase[], loops: number) {
    this.cases = cases;
    this.#loops = loops;
  }

  /** Runs so many tasks, or computes so many elements. */
  async round(item: Case, contender: string, times: number): Promise<Round> {
    const found = this.cases.find(({ id }) => id === item.id);
    if (found === undefined) {
      throw new RangeError(
        `Cannot run a round: 'item' must be a case of this session, received ${item.id}`,
      );
    }
    const key = `${found.id}, ${contender}`;
    if (!this.#warm.has(key)) {
      await this.#round(found, contender, WARM_UP);
      this.#warm.add(key);
    }
    return await this.#round(found, contender, times);
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    const ended = [...this.#pools.values()].map((pool) => pool.close());
    await inTime("The end of the pools", Promise.all(ended));
  }

  async #round(
    found: PoolCase,
    contender: string,
    times: number,
  ): Promise<Round> {
    if (found.calls === "map") return await this.#map(found, contender, times);
    const loops = Math.round(found.microseconds * this.#loops);
    if (contender === "ideal") return await this.#ideal(found, times, loops);
    const pool = this.#poolFor(contender, found.size);
    const begin = performance.now();
    if (found.calls === "together") {
      const ended = await inTime(contender, pool.all(times, loops));
      if (ended !== times) {
        throw new Error(`${contender} ended ${ended} of ${times} tasks`);
      }
    } else {
      await inTime(contender, oneByOne(pool, times, loops));
    }
    return since(begin, times);
  }

  #poolFor(name: string, size: number): Pool {
    const key = `${name}, ${size}`;
    let pool = this.#pools.get(key);
    if (pool === undefined) {
      pool = makePool(name, size);
      this.#pools.set(key, pool);
    }
    return pool;
  }

  async #ideal(
    { size }: PoolCase,
    times: number,
    loops: number,
  ): Promise<Round> {
    const pool = this.#poolFor("ours", size) as OurPool;
    const begin = performance.now();
    await inTime("ours", pool.all(times, loops));
    const { elapsed } = since(begin, times);
    const atOnce = Math.min(size, navigator.hardwareConcurrency);
    return { elapsed, value: pool.worked * 1e6 / atOnce / times };
  }

  async #map(
    { size }: PoolCase,
    contender: string,
    times: number,
  ): Promise<Round> {
    const into = new Int32Array(new SharedArrayBuffer(times * 4));
    let run: () => Promise<void> | void;
    if (contender === "one thread") run = () => escapes(into, 0, times);
    else if (contender === "two bare workers") {
      const bare = this.#poolFor("postMessage", size) as BareWorkers;
      run = () => bare.send(slices(into, size));
    } else {
      // The thread that calls takes part.
      const { executor } = this.#poolFor("ours", size - 1) as OurPool;
      run = () => {
        const options = { pool: executor, maxWorkers: size, output: into };
        parallelMap(escape, times, options);
      };
    }
    const begin = performance.now();
    await inTime(contender, Promise.resolve(run()));
    const round = since(begin, times);
    inspect(contender, into);
    return round;
  }
}

async function oneByOne(
  pool: Pool,
  times: number,
  loops: number,
): Promise<void> {
  for (let i = 0; i < times; i++) await pool.call(loops);
}

/** One part for each of so many workers. */
function slices(
  into: Int32Array<SharedArrayBuffer>,
  size: number,
): Request[] {
  return Array.from({ length: size }, (_, i) => ({
    into,
    first: Math.floor(into.length * i / size),
    end: Math.floor(into.length * (i + 1) / size),
  }));
}

function since(begin: number, times: number): Round {
  const elapsed = performance.now() - begin;
  return { elapsed, value: elapsed * 1e6 / times };
}

/** Looks at some elements: to compute all again would take as long as the round. */
function inspect(contender: string, results: Int32Array): void {
  for (let i = 0; i < results.length; i += 97) {
    if (results[i] !== escape(i)) {
      throw new Error(`${contender} computed element ${i} wrongly`);
    }
  }
}
