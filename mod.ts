/**
 * The threading standard library for JavaScript: pools of threads (Web Workers), and
 * locks, queues and other tools that work between threads.
 *
 * @example Keep all cores busy
 * ```ts
 * import { type Task, task, ThreadPoolExecutor } from "@interlock/threading";
 *
 * export const countPrimes: Task<(from: number, to: number) => number> = task(
 *   import.meta,
 *   function countPrimes(from, to) {
 *     let count = 0;
 *     next: for (let n = from; n < to; n++) {
 *       for (let i = 2; i * i <= n; i++) if (n % i === 0) continue next;
 *       count++;
 *     }
 *     return count;
 *   },
 * );
 *
 * if (import.meta.main) {
 *   await using pool = new ThreadPoolExecutor();
 *   const ranges: [number, number][] = [[2, 1_000_000], [1_000_000, 2_000_000]];
 *   for await (const n of pool.starmap(countPrimes, ranges)) console.log(n);
 * }
 * ```
 *
 * @example Sell ten seats from ten threads
 * ```ts
 * import { AtomicInt32, Lock } from "@interlock/threading";
 *
 * const seats = new AtomicInt32(10);
 * const lock = new Lock();
 * lock.run(() => {
 *   if (seats.load() > 0) seats.sub(1);
 * });
 * ```
 *
 * @module
 */

export type {
  AsyncWaitOptions,
  Cancellable,
  WaitOptions,
} from "./primitives/_park.ts";
export type { Handle, Memory, SharedObject } from "./primitives/_record.ts";
export type { AtomicValue } from "./primitives/_atomic_value.ts";
export type {
  Held,
  Lockable,
  Recovered,
  Sync,
  SyncLockable,
} from "./primitives/_lockable.ts";
export * from "./primitives/atomic_big_int64.ts";
export * from "./primitives/atomic_bool.ts";
export * from "./primitives/atomic_float64.ts";
export * from "./primitives/atomic_int32.ts";
export * from "./primitives/barrier.ts";
export * from "./primitives/cancel_token.ts";
export { Channel, type ChannelOptions } from "./primitives/channel.ts";
export {
  type Codec,
  type Codecs,
  codecs,
  type FixedCodec,
  type StructFields,
  type StructOf,
} from "./primitives/codec.ts";
export type { Packet } from "./primitives/_packet.ts";
export * from "./primitives/condition.ts";
export * from "./primitives/counter.ts";
export * from "./primitives/deque.ts";
export * from "./primitives/errors.ts";
export * from "./primitives/event.ts";
export * from "./primitives/latch.ts";
export * from "./primitives/lifo_queue.ts";
export * from "./primitives/lock.ts";
export * from "./primitives/long_adder.ts";
export { type Counts, multiset } from "./primitives/_multiset.ts";
export * from "./primitives/once.ts";
export * from "./primitives/once_cell.ts";
export * from "./primitives/priority_queue.ts";
export * from "./primitives/queue.ts";
export * from "./primitives/rlock.ts";
export type {
  RWLockRead,
  RWLockSide,
  RWLockUpgradable,
  RWLockWrite,
} from "./primitives/_rw_sides.ts";
export * from "./primitives/rw_lock.ts";
export * from "./primitives/select.ts";
export * from "./primitives/semaphore.ts";
export * from "./primitives/simple_queue.ts";
export * from "./primitives/shared_local.ts";
export * from "./primitives/shared_map.ts";
export * from "./primitives/spsc_queue.ts";
export {
  attach,
  isHandle,
  type Posted,
  type SharedKinds,
} from "./primitives/attach.ts";
export * from "./primitives/sleep.ts";
export * from "./workers/executor.ts";
export { Future, type FutureState } from "./workers/future.ts";
export type {
  Completed,
  Completion,
  FutureSets,
  FutureWait,
  FutureWaitAsync,
  ReturnWhen,
} from "./workers/_future_wait.ts";
export { type MapOptions, Results } from "./workers/results.ts";
export * from "./workers/parallel.ts";
export { type Task, task, type TaskId, type TaskRef } from "./workers/task.ts";
export * from "./workers/thread.ts";
export * from "./workers/thread_local.ts";
export * from "./workers/thread_scope.ts";
export * from "./workers/timer.ts";
