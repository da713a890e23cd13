/**
 * From a handle of any kind to the object.
 *
 * @module
 */

import type { Tracer } from "../trace/tracer.ts";
import type { ThreadPoolExecutor } from "../workers/executor.ts";
import type { Future } from "../workers/future.ts";
import { useOpener } from "./_handles.ts";
import type { Handle, SharedObject } from "./_record.ts";
import { show } from "./_validate.ts";
import { AtomicBigInt64 } from "./atomic_big_int64.ts";
import { AtomicBool } from "./atomic_bool.ts";
import { AtomicFloat64 } from "./atomic_float64.ts";
import { AtomicInt32 } from "./atomic_int32.ts";
import { Barrier } from "./barrier.ts";
import { CancelToken } from "./cancel_token.ts";
import { Channel } from "./channel.ts";
import { Condition, type ConditionHandle } from "./condition.ts";
import { Counter } from "./counter.ts";
import { Deque } from "./deque.ts";
import { Event } from "./event.ts";
import { Latch } from "./latch.ts";
import { LifoQueue } from "./lifo_queue.ts";
import { Lock } from "./lock.ts";
import { LongAdder } from "./long_adder.ts";
import { Once } from "./once.ts";
import { OnceCell } from "./once_cell.ts";
import { PriorityQueue } from "./priority_queue.ts";
import { Queue } from "./queue.ts";
import { RLock } from "./rlock.ts";
import { RWLock } from "./rw_lock.ts";
import { BoundedSemaphore, Semaphore } from "./semaphore.ts";
import { SimpleQueue } from "./simple_queue.ts";
import { SpscQueue } from "./spsc_queue.ts";
import { SharedLocal } from "./shared_local.ts";
import { SharedMap } from "./shared_map.ts";

/** The classes of shared objects, by kind. */
export interface SharedKinds {
  /** See {@linkcode AtomicBigInt64}. */
  AtomicBigInt64: AtomicBigInt64;
  /** See {@linkcode AtomicBool}. */
  AtomicBool: AtomicBool;
  /** See {@linkcode AtomicFloat64}. */
  AtomicFloat64: AtomicFloat64;
  /** See {@linkcode AtomicInt32}. */
  AtomicInt32: AtomicInt32;
  /** See {@linkcode Barrier}. */
  Barrier: Barrier;
  /** See {@linkcode BoundedSemaphore}. */
  BoundedSemaphore: BoundedSemaphore;
  /** See {@linkcode CancelToken}. */
  CancelToken: CancelToken;
  /** See {@linkcode Channel}. */
  Channel: Channel;
  /** See {@linkcode Condition}. */
  Condition: Condition<Lock | RLock>;
  /** See {@linkcode Counter}. */
  Counter: Counter;
  /** See {@linkcode Deque}. */
  Deque: Deque;
  /** See {@linkcode Event}. */
  Event: Event;
  /** See {@linkcode Future}. */
  Future: Future;
  /** See {@linkcode Latch}. */
  Latch: Latch;
  /** See {@linkcode LifoQueue}. */
  LifoQueue: LifoQueue;
  /** See {@linkcode Lock}. */
  Lock: Lock;
  /** See {@linkcode LongAdder}. */
  LongAdder: LongAdder;
  /** See {@linkcode Once}. */
  Once: Once;
  /** See {@linkcode OnceCell}. */
  OnceCell: OnceCell;
  /** See {@linkcode PriorityQueue}. */
  PriorityQueue: PriorityQueue;
  /** See {@linkcode Queue}. */
  Queue: Queue;
  /** See {@linkcode RLock}. */
  RLock: RLock;
  /** See {@linkcode RWLock}. */
  RWLock: RWLock;
  /** The `read` side of an {@linkcode RWLock}. */
  RWLockRead: RWLock["read"];
  /** The `upgradable` side of an {@linkcode RWLock}. */
  RWLockUpgradable: RWLock["upgradable"];
  /** The `write` side of an {@linkcode RWLock}. */
  RWLockWrite: RWLock["write"];
  /** See {@linkcode Semaphore}. */
  Semaphore: Semaphore;
  /** See {@linkcode SimpleQueue}. */
  SimpleQueue: SimpleQueue;
  /** See {@linkcode SharedLocal}. */
  SharedLocal: SharedLocal;
  /** See {@linkcode SharedMap}. */
  SharedMap: SharedMap;
  /** See {@linkcode SpscQueue}. */
  SpscQueue: SpscQueue;
  /** See {@linkcode ThreadPoolExecutor}. */
  ThreadPoolExecutor: ThreadPoolExecutor;
  /** See `Tracer` of the entry point `trace`. */
  Tracer: Tracer;
}

/** What a value is when it arrives by `postMessage`: shared objects are handles. */
export type Posted<T> = T extends SharedObject<string> ? T["handle"]
  : T extends (...args: never[]) => unknown ? never
  : T extends object ? { [P in keyof T]: Posted<T[P]> }
  : T;

type Opener<K extends keyof SharedKinds> = (
  handle: Handle<K>,
) => SharedKinds[K];
/** Kinds of classes that stand above this file. */
type Above = "Future" | "ThreadPoolExecutor" | "Tracer";

const OPENERS:
  & { [K in Exclude<keyof SharedKinds, Above>]: Opener<K> }
  & { [K in Above]?: Opener<K> } = {
    AtomicBigInt64: (handle) => AtomicBigInt64.from(handle),
    AtomicBool: (handle) => AtomicBool.from(handle),
    AtomicFloat64: (handle) => AtomicFloat64.from(handle),
    AtomicInt32: (handle) => AtomicInt32.from(handle),
    Barrier: (handle) => Barrier.from(handle),
    BoundedSemaphore: (handle) => BoundedSemaphore.from(handle),
    CancelToken: (handle) => CancelToken.from(handle),
    Channel: (handle) => Channel.from(handle),
    Condition: (handle) => Condition.from(handle as ConditionHandle),
    Counter: (handle) => Counter.from(handle),
    Deque: (handle) => Deque.from(handle),
    Event: (handle) => Event.from(handle),
    Latch: (handle) => Latch.from(handle),
    LifoQueue: (handle) => LifoQueue.from(handle),
    Lock: (handle) => Lock.from(handle),
    LongAdder: (handle) => LongAdder.from(handle),
    Once: (handle) => Once.from(handle),
    OnceCell: (handle) => OnceCell.from(handle),
    PriorityQueue: (handle) => PriorityQueue.from(handle),
    Queue: (handle) => Queue.from(handle),
    RLock: (handle) => RLock.from(handle),
    RWLock: (handle) => RWLock.from(handle),
    RWLockRead: (handle) => wholeOf(handle).read,
    RWLockUpgradable: (handle) => wholeOf(handle).upgradable,
    RWLockWrite: (handle) => wholeOf(handle).write,
    Semaphore: (handle) => Semaphore.from(handle),
    SimpleQueue: (handle) => SimpleQueue.from(handle),
    SharedLocal: (handle) => SharedLocal.from(handle),
    SharedMap: (handle) => SharedMap.from(handle),
    SpscQueue: (handle) => SpscQueue.from(handle),
    Tracer() {
      // An import of nothing but its type is gone when the code runs.
      throw new TypeError(
        'Cannot attach a Tracer: its class is not loaded in this thread; write import "@interlock/threading/trace" in the module of the task',
      );
    },
  };

/** Says how the object of a handle is made whose class stands above this file. */
export function openWith<K extends Above>(kind: K, open: Opener<K>): void {
  Object.assign(OPENERS, { [kind]: open });
}

/** The lock that a side is of. */
function wholeOf(side: Handle): RWLock {
  return RWLock.from({ ...side, kind: "RWLock" });
}

/** Whether a value is a handle of one of our kinds, as far as that shows. */
export function isHandle(value: object): value is Handle<keyof SharedKinds> {
  const { kind, buffer } = value as Partial<Handle>;
  return typeof kind === "string" && Object.hasOwn(OPENERS, kind) &&
    Object.prototype.toString.call(buffer) === "[object SharedArrayBuffer]";
}

/**
 * Opens the shared object that a handle names, whatever its kind. Does not block.
 *
 * @example Usage
 * ```ts
 * import { attach, Latch } from "@interlock/threading";
 *
 * const latch = attach(new Latch(1).handle);
 * latch.countDown();
 * ```
 */
export function attach<K extends keyof SharedKinds>(
  handle: Handle<K>,
): SharedKinds[K] {
  if (typeof handle !== "object" || handle === null || !isHandle(handle)) {
    throw new TypeError(
      `Cannot attach: 'handle' must be the handle of a shared object, received ${
        show(handle)
      }`,
    );
  }
  const open = OPENERS[handle.kind as K] as unknown as Opener<K>;
  return open(handle);
}

useOpener((handle) => attach(handle as Handle<keyof SharedKinds>));
