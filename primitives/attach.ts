/**
 * From a handle of any kind to the object.
 *
 * @module
 */

import type { Handle, SharedObject } from "./_record.ts";
import { show } from "./_validate.ts";
import { AtomicInt32 } from "./atomic_int32.ts";
import { Barrier } from "./barrier.ts";
import { Event } from "./event.ts";
import { Latch } from "./latch.ts";
import { Lock } from "./lock.ts";
import { BoundedSemaphore, Semaphore } from "./semaphore.ts";

/** The classes of shared objects, by kind. */
export interface SharedKinds {
  /** See {@linkcode AtomicInt32}. */
  AtomicInt32: AtomicInt32;
  /** See {@linkcode Barrier}. */
  Barrier: Barrier;
  /** See {@linkcode BoundedSemaphore}. */
  BoundedSemaphore: BoundedSemaphore;
  /** See {@linkcode Event}. */
  Event: Event;
  /** See {@linkcode Latch}. */
  Latch: Latch;
  /** See {@linkcode Lock}. */
  Lock: Lock;
  /** See {@linkcode Semaphore}. */
  Semaphore: Semaphore;
}

/** What a value is when it arrives by `postMessage`: shared objects are handles. */
export type Posted<T> = T extends SharedObject<infer K> ? Handle<K>
  : T extends (...args: never[]) => unknown ? never
  : T extends object ? { [P in keyof T]: Posted<T[P]> }
  : T;

const OPENERS: {
  readonly [K in keyof SharedKinds]: (handle: Handle<K>) => SharedKinds[K];
} = {
  AtomicInt32: (handle) => AtomicInt32.from(handle),
  Barrier: (handle) => Barrier.from(handle),
  BoundedSemaphore: (handle) => BoundedSemaphore.from(handle),
  Event: (handle) => Event.from(handle),
  Latch: (handle) => Latch.from(handle),
  Lock: (handle) => Lock.from(handle),
  Semaphore: (handle) => Semaphore.from(handle),
};

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
  return OPENERS[handle.kind as K](handle);
}
