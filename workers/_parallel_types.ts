/**
 * The types of parallel calls: what goes with which task.
 *
 * @module
 */

import type { CancelToken } from "../primitives/cancel_token.ts";
import type {
  ElementOf,
  NumberArray,
  NumberArrays,
  NumberType,
  SharedArrayOf,
} from "./_parallel_arrays.ts";
import type { ThreadPoolExecutor } from "./executor.ts";
import type { TaskRef } from "./task.ts";

/** How a parallel call that blocks is run. */
export interface ParallelOptions {
  /** Whose threads take part; if left out, those of the pool whose task this thread runs, else of one for this call alone. */
  pool?: ThreadPoolExecutor;
  /** The most threads that take part, the calling one included if it blocks; as many as the machine runs at once if left out. */
  maxWorkers?: number;
  /** How many elements a thread takes at a time; a 128th of its share if left out. */
  chunkSize?: number;
  /** Ends the call with a CancelledError: no thread begins another chunk. */
  token?: CancelToken;
  /** Not for a call that blocks: a blocked thread cannot see an AbortSignal. */
  signal?: never;
  /** Is told how many elements are done, and of how many, about every 20 ms, and at the end. */
  onProgress?: (done: number, total: number) => void;
}

/** How a parallel call that awaits is run. */
export interface AsyncParallelOptions extends Omit<ParallelOptions, "signal"> {
  /** Rejects the call with `signal.reason` when it is aborted: no thread begins another chunk. */
  signal?: AbortSignal;
}

/** Options, and the further arguments of a task: to be given if it has some. */
export type OptionsWithArgs<O, A extends unknown[]> = [] extends A
  ? [options?: O & ArgsOption<A>]
  : [options: O & ArgsOption<A>];

/** The further arguments of a task: to be given if it has some. */
export type ArgsOption<A extends unknown[]> = [] extends A ? { args?: A }
  : { args: A };

/** Where {@linkcode parallelMap} writes. */
export interface ParallelMapOptions<
  O extends NumberType | NumberArray<SharedArrayBuffer> | undefined,
> {
  /** The type of the results, or an array over a SharedArrayBuffer for them; that of the input if left out, `"float64"` for a range. */
  output?: O;
}

/** What {@linkcode parallelMap} returns. */
export type ParallelMapResult<T, O> = O extends NumberType
  ? NumberArrays<SharedArrayBuffer>[O]
  : O extends NumberArray<SharedArrayBuffer> ? O
  : SharedArrayOf<T>;

/** How {@linkcode parallelReduce} puts elements together. */
export interface ParallelReduceOptions<R> {
  /** What everything is put together with, once, before all others; what an empty input gives. */
  initial?: R;
  /** Whether the result is the same however many threads take part, also for numbers whose sum depends on the order; false if left out. */
  deterministic?: boolean;
}

/** What {@linkcode parallelReduce} puts together, if not the elements themselves. */
export interface ParallelReduceMap<T, R, A extends unknown[]> {
  /** A task that makes something of each element. */
  map: ((value: ElementOf<T>, ...args: A) => R) & TaskRef;
}
