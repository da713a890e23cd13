/**
 * parallelFor, parallelMap and parallelReduce: one loop over numbers, by several threads.
 *
 * Words and invariants are those of `_chunks.ts`; `_parallel_call.ts` says who takes part.
 *
 * *Source* · OpenMP's parallel loops and reductions, Java's parallel streams, Rust's
 * rayon. Python has `multiprocessing.Pool.map` with its chunks, which copies all.
 *
 * @module
 */

import type {
  ElementOf,
  NumberArray,
  NumberArrays,
  NumberType,
  ParallelRange,
  SharedArrayOf,
} from "./_parallel_arrays.ts";
import type {
  ArgsOption,
  AsyncParallelOptions,
  OptionsWithArgs,
  ParallelMapOptions,
  ParallelMapResult,
  ParallelOptions,
  ParallelReduceMap,
  ParallelReduceOptions,
} from "./_parallel_types.ts";
import { forCall, mapCall, reduceCall } from "./_parallel_work.ts";
import type { TaskRef } from "./task.ts";

export type {
  ArgsOption,
  AsyncParallelOptions,
  ElementOf,
  NumberArray,
  NumberArrays,
  NumberType,
  OptionsWithArgs,
  ParallelMapOptions,
  ParallelMapResult,
  ParallelOptions,
  ParallelRange,
  ParallelReduceMap,
  ParallelReduceOptions,
  SharedArrayOf,
};

/**
 * Calls a task for each integer of a range, from several threads; blocks until all is
 * done. The calling thread computes too. In no order; each integer once.
 *
 * Threads take a chunk at a time, so it does not matter if some take longer than others.
 * What the task is to share with the caller belongs into `args`: shared objects, and
 * arrays over a SharedArrayBuffer. The first error that it throws ends the call: others
 * end their chunk, and the error is thrown, with the integer as its `index`.
 *
 * Worth it from a millisecond of work on; without a `pool`, whose threads are ready, from
 * 50 on. Not for tasks that wait, or await: use `pool.map`. A bundled application must
 * pass a pool.
 *
 * Memory: what was done before the call is visible to the task, and what the task did is
 * visible after the call.
 *
 * @throws {CancelledError} if the token is cancelled.
 * @throws {WouldBlockError} where blocking is forbidden; use `parallelForAsync`.
 *
 * @example Usage
 * ```ts ignore
 * const pixels = new Uint8Array(new SharedArrayBuffer(WIDTH * HEIGHT));
 * parallelFor(drawRow, HEIGHT, { args: [pixels] });
 * ```
 */
export function parallelFor<A extends unknown[] = []>(
  task: ((index: number, ...args: A) => void) & TaskRef,
  range: ParallelRange,
  ...options: OptionsWithArgs<ParallelOptions, A>
): void {
  forCall(task, range, options[0], false).run();
}

/** Calls a task for each integer like `parallelFor`, without blocking this thread, which computes nothing. */
export async function parallelForAsync<A extends unknown[] = []>(
  task: ((index: number, ...args: A) => void) & TaskRef,
  range: ParallelRange,
  ...options: OptionsWithArgs<AsyncParallelOptions, A>
): Promise<void> {
  await forCall(task, range, options[0], true).runAsync();
}

/**
 * Makes something of each number of an array, or of each integer of a range, with
 * several threads like `parallelFor`; blocks until all is done. Returns an array in
 * shared memory. An input that is not in shared memory is copied there first.
 *
 * @throws {CancelledError} if the token is cancelled.
 * @throws {WouldBlockError} where blocking is forbidden; use `parallelMapAsync`.
 *
 * @example Usage
 * ```ts ignore
 * const roots = parallelMap(root, new Float64Array([1, 4, 9]));
 * const primes = parallelMap(isPrime, 1_000_000, { output: "uint8" });
 * ```
 */
export function parallelMap<
  T extends NumberArray | ParallelRange,
  A extends unknown[] = [],
  O extends NumberType | NumberArray<SharedArrayBuffer> | undefined = undefined,
>(
  task:
    & ((
      value: ElementOf<T>,
      ...args: A
    ) => ElementOf<ParallelMapResult<T, NoInfer<O>>>)
    & TaskRef,
  input: T,
  ...options: OptionsWithArgs<ParallelOptions & ParallelMapOptions<O>, A>
): ParallelMapResult<T, NoInfer<O>> {
  const { call, output } = mapCall(task, input, options[0], false);
  call.run();
  return output as ParallelMapResult<T, NoInfer<O>>;
}

/** Makes something of each number like `parallelMap`, without blocking this thread, which computes nothing. */
export async function parallelMapAsync<
  T extends NumberArray | ParallelRange,
  A extends unknown[] = [],
  O extends NumberType | NumberArray<SharedArrayBuffer> | undefined = undefined,
>(
  task:
    & ((
      value: ElementOf<T>,
      ...args: A
    ) => ElementOf<ParallelMapResult<T, NoInfer<O>>>)
    & TaskRef,
  input: T,
  ...options: OptionsWithArgs<AsyncParallelOptions & ParallelMapOptions<O>, A>
): Promise<ParallelMapResult<T, NoInfer<O>>> {
  const { call, output } = mapCall(task, input, options[0], true);
  await call.runAsync();
  return output as ParallelMapResult<T, NoInfer<O>>;
}

/**
 * Puts the numbers of an array, or the integers of a range, together with a task that
 * makes one of two, with several threads like `parallelFor`; blocks until all is done.
 * With `map`, what that makes of each.
 *
 * The task must not care who is put together with whom: `(a, b) => a + b`, the larger
 * one. Each thread puts together what it gets, so sums of floating point numbers differ a
 * little from call to call; `deterministic: true` gives the same one every time, for the
 * same length and `chunkSize`, which is still not that of a loop.
 *
 * @throws {TypeError} if there is nothing to put together, and no `initial`.
 * @throws {CancelledError} if the token is cancelled.
 * @throws {WouldBlockError} where blocking is forbidden; use `parallelReduceAsync`.
 *
 * @example Usage
 * ```ts ignore
 * const sum = parallelReduce(add, new Float64Array([1, 2, 3]));
 * const squares = parallelReduce(add, 1000, { map: square, initial: 0 });
 * ```
 */
export function parallelReduce<T extends NumberArray | ParallelRange>(
  task: ((a: ElementOf<T>, b: ElementOf<T>) => ElementOf<T>) & TaskRef,
  input: T,
  options?: ParallelOptions & ParallelReduceOptions<ElementOf<T>>,
): ElementOf<T>;
/** The same, of what `map` makes of each. */
export function parallelReduce<
  T extends NumberArray | ParallelRange,
  R,
  A extends unknown[] = [],
>(
  task: ((a: R, b: R) => R) & TaskRef,
  input: T,
  options:
    & ParallelOptions
    & ParallelReduceOptions<R>
    & ParallelReduceMap<T, R, A>
    & ArgsOption<A>,
): R;
/** See above. */
export function parallelReduce(
  task: unknown,
  input: unknown,
  options?: ParallelOptions,
): unknown {
  const { call, combine } = reduceCall(task, input, options, false);
  return combine(call.run());
}

/** Puts numbers together like `parallelReduce`, without blocking this thread, which computes nothing but the last step. */
export function parallelReduceAsync<
  T extends NumberArray | ParallelRange,
>(
  task: ((a: ElementOf<T>, b: ElementOf<T>) => ElementOf<T>) & TaskRef,
  input: T,
  options?: AsyncParallelOptions & ParallelReduceOptions<ElementOf<T>>,
): Promise<ElementOf<T>>;
/** The same, of what `map` makes of each. */
export function parallelReduceAsync<
  T extends NumberArray | ParallelRange,
  R,
  A extends unknown[] = [],
>(
  task: ((a: R, b: R) => R) & TaskRef,
  input: T,
  options:
    & AsyncParallelOptions
    & ParallelReduceOptions<R>
    & ParallelReduceMap<T, R, A>
    & ArgsOption<A>,
): Promise<R>;
/** See above. */
export async function parallelReduceAsync(
  task: unknown,
  input: unknown,
  options?: AsyncParallelOptions,
): Promise<unknown> {
  const { call, combine } = reduceCall(task, input, options, true);
  return combine(await call.runAsync());
}
