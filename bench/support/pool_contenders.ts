/**
 * Pools beside each other: ThreadPoolExecutor, other packages', and bare workers that are
 * sent messages.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { ThreadPoolExecutor } from "../../mod.ts";
import type { Request } from "./bare_worker.ts";
import { endWorkers } from "./patience.ts";
import { Piscina, Tinypool, workerpool } from "./pool_peer.ts";
import { timedWork, work } from "./pool_tasks.ts";

/** A pool that runs tasks of so many loops. */
export interface Pool {
  /** Runs one task. */
  call(loops: number): Promise<unknown>;
  /** Runs so many tasks that are submitted at once; how many ended. */
  all(count: number, loops: number): Promise<number>;
  /** Ends the threads. */
  close(): Promise<unknown>;
}

const TASKS = new URL("./pool_tasks.ts", import.meta.url).href;
const GUEST = new URL("./pool_guest.ts", import.meta.url);

/** The inputs that a thread takes at once, where chunks are measured. */
const CHUNK = 64;
/** In milliseconds: no thread ends while others are measured. */
const NEVER = 2 ** 31 - 1;

/** A pool whose tasks are submitted one by one. */
function single(
  call: Pool["call"],
  close: () => Promise<unknown>,
): Pool {
  return {
    call,
    close,
    async all(count, loops) {
      const calls = Array.from({ length: count }, () => call(loops));
      return (await Promise.all(calls)).length;
    },
  };
}

/** Ours. */
export class OurPool implements Pool {
  readonly executor: ThreadPoolExecutor;
  /** How long the tasks of the last round worked, in milliseconds, if they did. */
  worked = 0;

  /** Makes one of so many threads. */
  constructor(maxWorkers: number) {
    this.executor = new ThreadPoolExecutor({ maxWorkers, idleTimeout: NEVER });
  }

  call(loops: number): Promise<unknown> {
    return this.executor.submit(work, loops);
  }

  async all(count: number, loops: number): Promise<number> {
    const { executor } = this;
    if (loops === 0) {
      const empty = () => executor.submit(work, 0);
      return (await Promise.all(Array.from({ length: count }, empty))).length;
    }
    const submit = () => executor.submit(timedWork, loops);
    const times = await Promise.all(Array.from({ length: count }, submit));
    this.worked = times.reduce((sum, time) => sum + time, 0);
    return times.length;
  }

  /** Runs them in chunks. */
  async map(count: number, loops: number): Promise<number> {
    const inputs = Array.from({ length: count }, () => loops);
    const options = { chunkSize: CHUNK };
    const results = this.executor.map(work, inputs, options);
    return (await results.toArrayAsync()).length;
  }

  close(): Promise<void> {
    return this.executor.shutdownAsync();
  }
}

/** Workers that are sent messages in turn, as many at once as there are. */
export class BareWorkers implements Pool {
  readonly #workers: readonly Worker[];
  #left = 0;
  #done = () => {};
  #failed = (_: Error) => {};

  /** Starts so many. */
  constructor(size: number) {
    this.#workers = Array.from({ length: size }, () => {
      const module = new URL("./bare_worker.ts", import.meta.url);
      const worker = new Worker(module, { type: "module" });
      worker.onmessage = () => {
        if (--this.#left === 0) this.#done();
      };
      worker.onerror = (event) => {
        event.preventDefault();
        this.#failed(new Error(event.message));
      };
      return worker;
    });
  }

  call(loops: number): Promise<unknown> {
    return this.all(1, loops);
  }

  async all(count: number, loops: number): Promise<number> {
    await this.send(Array.from({ length: count }, () => loops));
    return count;
  }

  /** Sends requests in turn, and waits for all answers. */
  async send(requests: readonly Request[]): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#left = requests.length;
    this.#done = resolve;
    this.#failed = reject;
    for (const [i, request] of requests.entries()) {
      this.#workers[i % this.#workers.length]!.postMessage(request);
    }
    await promise;
  }

  close(): Promise<void> {
    return endWorkers(this.#workers);
  }
}

/** By name, what makes a pool of so many threads. */
const MAKERS: Readonly<Record<string, (size: number) => Pool>> = {
  "ours": (size) => new OurPool(size),
  "ours, map"(size) {
    const pool = new OurPool(size);
    return {
      call: (loops) => pool.call(loops),
      all: (count, loops) => pool.map(count, loops),
      close: () => pool.close(),
    };
  },
  "postMessage": (size) => new BareWorkers(size),
  "piscina"(size) {
    const threads = { minThreads: size, maxThreads: size };
    const pool = new Piscina({ filename: TASKS, ...threads });
    return single((loops) => pool.run(loops), () => pool.destroy());
  },
  // With Atomics its threads sleep beside a message now and then in Deno, and the task never ends.
  "tinypool"(size) {
    const threads = { minThreads: size, maxThreads: size };
    const pool = new Tinypool({
      filename: TASKS,
      runtime: "worker_threads",
      useAtomics: false,
      ...threads,
    });
    return single((loops) => pool.run(loops), () => pool.destroy());
  },
  // It takes a path for Deno's threads, no URL.
  "workerpool"(size) {
    const pool = workerpool.pool(fileURLToPath(GUEST), {
      workerType: "thread",
      minWorkers: size,
      maxWorkers: size,
    });
    return single(
      async (loops) => await pool.exec("run", [loops]),
      async () => await pool.terminate(),
    );
  },
};

/** Makes the pool of a contender, of so many threads. */
export function makePool(contender: string, size: number): Pool {
  const make = MAKERS[contender];
  if (make !== undefined) return make(size);
  throw new RangeError(
    `Cannot make a pool: 'contender' must be one of ${
      Object.keys(MAKERS).join(", ")
    }, received ${contender}`,
  );
}
