/**
 * A parallel call: threads of a pool, and the calling one if it blocks, take part in one
 * piece of work, each for as long as there is any.
 *
 * *Progress* · Who took part has finished when it finds no chunk left: then those that
 * have not begun are cancelled, as nothing is left for them; so a saturated pool delays
 * nobody who takes part itself. After a failure, too, the call waits for those that run:
 * when it is over, nobody works on its memory any more.
 *
 * @module
 */

import {
  type AsyncWaitOptions,
  cancellation,
  refuseBlocking,
  type Terms,
  type WaitOptions,
} from "../primitives/_park.ts";
import {
  callable,
  integer,
  optionBag,
  show,
  waitOptions,
} from "../primitives/_validate.ts";
import { CancelledError, TimeoutError } from "../primitives/errors.ts";
import { Chunks, makePlan, type Plan } from "./_chunks.ts";
import { ThreadPoolExecutor } from "./executor.ts";
import type { Future } from "./future.ts";
import type {
  AsyncParallelOptions,
  ParallelOptions,
} from "./_parallel_types.ts";

/** What those who take part do. */
export interface Work<R> {
  /** Takes part in this thread. */
  here(plan: Plan, between: () => void): R;
  /** Lets a thread of a pool take part. */
  submit(pool: ThreadPoolExecutor, plan: Plan): Future<R>;
}

const CHUNKS_PER_THREAD = 128, MOST_THREADS = 512, INTERVAL = 20;
/** Who blocks computes so long, in milliseconds, before it starts threads: they take far longer to start. */
const WARM_UP = 2;
/** As many as a call has whose result must not depend on the number of threads. */
const FIXED_CHUNKS = 256;

/** One call. */
export class Call<R> {
  readonly #name: string;
  readonly #work: Work<R>;
  readonly #pool: ThreadPoolExecutor | undefined;
  readonly #options: AsyncParallelOptions;
  readonly #plan: Plan;
  readonly #chunks: Chunks;
  /** How many threads can take part. */
  readonly #threads: number;
  readonly #results: R[] = [];
  #others: Future<R>[] = [];
  /** How many threads were asked to take part and came too late; those of a pool of its own are being started. */
  #missed = 0;
  #failure: { readonly error: unknown } | undefined;
  #told = -1;
  #toldAt = -Infinity;

  /** Checks the options; `fixed` if the chunks must not depend on the number of threads. */
  constructor(
    name: string,
    work: Work<R>,
    length: number,
    options: ParallelOptions | AsyncParallelOptions | undefined,
    awaits: boolean,
    fixed = false,
  ) {
    const action = `run ${name}`;
    const bag = optionBag(action, options as AsyncParallelOptions);
    const { pool, maxWorkers, chunkSize, token, signal, onProgress } = bag;
    waitOptions(action, { token, signal } as AsyncWaitOptions, awaits);
    if (pool !== undefined && typeof pool?.submit !== "function") {
      throw new TypeError(
        `Cannot ${action}: 'pool' must be a ThreadPoolExecutor, received ${
          show(pool)
        }`,
      );
    }
    if (onProgress !== undefined) callable(action, "onProgress", onProgress);
    const wanted = maxWorkers === undefined
      ? Math.min(MOST_THREADS, navigator.hardwareConcurrency || 1)
      : integer(action, "maxWorkers", maxWorkers, 1, MOST_THREADS);
    const shares = fixed ? FIXED_CHUNKS : wanted * CHUNKS_PER_THREAD;
    const size = chunkSize === undefined
      ? Math.max(1, Math.ceil(length / shares))
      : integer(action, "chunkSize", chunkSize, 1);
    if (!awaits) refuseBlocking(action, `${name}Async`);
    this.#name = name;
    this.#work = work;
    this.#options = bag as AsyncParallelOptions;
    this.#pool = pool ?? ThreadPoolExecutor.current;
    this.#plan = makePlan(length, size);
    this.#chunks = new Chunks(this.#plan);
    this.#threads = Math.min(wanted, Math.ceil(length / size));
  }

  /** Takes part, and blocks until the others have finished; what each of them has returned. */
  run(): R[] {
    const ready = this.#pool !== undefined;
    const startAt = performance.now() + (ready ? 0 : WARM_UP);
    let own: ThreadPoolExecutor | undefined, begun = false;
    const between = () => {
      this.#between();
      if (begun || performance.now() < startAt) return;
      begun = true;
      own = this.#begin(this.#threads - 1);
    };
    this.#attempt(() => {
      this.#results.push(this.#work.here(this.#plan, between));
    });
    this.#dismiss();
    for (let [other] = this.#others; other; [other] = this.#others) {
      try {
        other.exception(this.#limits() as WaitOptions);
      } catch (error) {
        this.#interrupted(other, error);
      }
      this.#collect();
    }
    this.#attempt(() => own?.shutdown({ wait: this.#missed === 0 }));
    return this.#end();
  }

  /** Waits until those who take part have finished; what each of them has returned. */
  async runAsync(): Promise<R[]> {
    this.#options.signal?.throwIfAborted();
    const own = this.#begin(this.#threads);
    for (let [other] = this.#others; other; [other] = this.#others) {
      try {
        await other.exceptionAsync(this.#limits());
      } catch (error) {
        this.#interrupted(other, error);
      }
      this.#collect();
    }
    await own?.shutdownAsync({ wait: this.#missed === 0 })
      .catch((error) => this.#fail(error));
    return this.#end();
  }

  /** Asks so many threads to take part; the pool for this call alone, if there is one. */
  #begin(wanted: number): ThreadPoolExecutor | undefined {
    const most = Math.min(wanted, this.#pool?.maxWorkers ?? Infinity);
    if (most <= 0) return undefined;
    const own = this.#pool === undefined
      ? new ThreadPoolExecutor({ maxWorkers: most, namePrefix: this.#name })
      : undefined;
    this.#attempt(() => {
      this.#between();
      for (let i = 0; i < most; i++) {
        this.#others.push(this.#work.submit((this.#pool ?? own)!, this.#plan));
      }
    });
    return own;
  }

  #attempt(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** How long to wait for another thread: for ever, whatever happens, once something failed. */
  #limits(): Terms {
    if (this.#failure !== undefined) return { patient: true };
    const { token, signal, onProgress } = this.#options;
    return {
      ...(token && { token }),
      ...(signal && { signal }),
      ...(onProgress && { timeout: INTERVAL }),
    };
  }

  /** A wait for another thread has thrown; that thread's own outcome is read elsewhere. */
  #interrupted(other: Future<R>, error: unknown): void {
    if (other.done || error instanceof TimeoutError) return;
    this.#fail(error);
  }

  /** The first failure counts, and nobody begins anything after it. */
  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#chunks.stop();
    this.#dismiss();
  }

  /** There is nothing left for those that have not begun. */
  #dismiss(): void {
    for (const other of this.#others) other.cancel();
  }

  /** Reads what those have returned that have finished. */
  #collect(): void {
    const open: Future<R>[] = [];
    for (const other of this.#others) {
      if (!other.done) open.push(other);
      else if (other.cancelled) this.#missed++;
      else {
        this.#attempt(() => this.#results.push(other.result(0)));
        this.#dismiss();
      }
    }
    this.#others = open;
    this.#attempt(() => this.#between());
  }

  /** In the calling thread, now and then: whether to go on, and how far it is. */
  #between(): void {
    if (this.#failure !== undefined) return;
    const reason = cancellation(this.#options.token);
    if (reason !== undefined) throw reason;
    if (performance.now() >= this.#toldAt + INTERVAL) this.#tell();
  }

  #tell(): void {
    const { onProgress } = this.#options, { done, length } = this.#chunks;
    if (onProgress === undefined || done === this.#told) return;
    this.#told = done;
    this.#toldAt = performance.now();
    onProgress(done, length);
  }

  #end(): R[] {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#chunks.done < this.#chunks.length) {
      throw new CancelledError(
        `Cannot run ${this.#name}: its futures were cancelled`,
      );
    }
    this.#tell();
    return this.#results;
  }
}
