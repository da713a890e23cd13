/**
 * PriorityQueue: the item with the smallest priority comes out first.
 *
 * Words, states, invariants and progress are those of `_queue_state.ts`, the order that
 * of `_heap.ts`; this file is the face of them.
 *
 * *Source* · Python's `queue.PriorityQueue`, where items are compared, and those that are
 * the same come in no order; here priorities are numbers and their order is stable.
 *
 * @module
 */

import type { AsyncWaitOptions, WaitOptions } from "./_park.ts";
import { createQueue, queueBytes } from "./_queue_record.ts";
import { attachedWords, attachment, type Handle } from "./_record.ts";
import { openStore } from "./_store.ts";
import { show } from "./_validate.ts";
import { Queue, type QueueKind, type QueueOptions } from "./queue.ts";

/** How urgent an item is, and how long a blocking `put` waits. */
export interface PriorityOptions extends WaitOptions {
  /** The smallest comes out first; the item itself if that is a number. Not NaN. */
  priority?: number;
}

/** How urgent an item is, and how long an awaited `putAsync` waits. */
export interface AsyncPriorityOptions extends AsyncWaitOptions {
  /** The smallest comes out first; the item itself if that is a number. Not NaN. */
  priority?: number;
}

/**
 * A queue whose item with the smallest priority is the first out; of several with the same,
 * the one that was put in first.
 *
 * All else is as with a {@linkcode Queue}. To put in or get takes longer the more items
 * there are, about as their logarithm.
 *
 * @example Usage
 * ```ts
 * import { PriorityQueue } from "@interlock/threading";
 *
 * const queue = new PriorityQueue<string>();
 * queue.put("soon", { priority: 2 });
 * queue.put("now", { priority: 1 });
 * console.log(queue.get()); // now
 * ```
 */
export class PriorityQueue<T = unknown> extends Queue<T> {
  /** The bytes that a queue made with these options takes in memory of the caller's. */
  static override byteLengthFor<T = unknown>(
    options?: QueueOptions<T>,
  ): number {
    return queueBytes("PriorityQueue", options);
  }

  /** Makes a queue without items. */
  constructor(options?: QueueOptions<T>) {
    const words = attachedWords(options) ??
      createQueue("PriorityQueue", options);
    super(attachment(words));
  }

  /** Opens the queue that a handle, or another view, names. */
  static override from<T = unknown>(
    handle: Handle<QueueKind>,
  ): PriorityQueue<T> {
    const words = openStore(["PriorityQueue"], handle);
    return new PriorityQueue<T>(attachment(words));
  }

  /**
   * Puts in a copy of an item like a Queue, in order of its priority.
   *
   * @throws {TypeError} if the item is not a number and there is no priority.
   * @throws {RangeError} if the priority is NaN.
   */
  override put(item: T, wait?: number | PriorityOptions): void {
    super.put(item, wait);
  }

  /** Puts in like `put`, without blocking the thread. */
  override async putAsync(
    item: T,
    wait?: number | AsyncPriorityOptions,
  ): Promise<void> {
    await super.putAsync(item, wait);
  }

  /** Puts in a copy of an item if the queue is not full; its priority is given as for `put`. Does not wait. */
  override tryPut(
    item: T,
    options?: Pick<PriorityOptions, "priority">,
  ): boolean {
    return this.putNow(item, options);
  }

  /** The priority that was given, or else the item. */
  protected override priorityOf(item: T, wait: unknown): number {
    const given = (wait as PriorityOptions | null | undefined)?.priority;
    const priority: unknown = given === undefined ? item : given;
    if (typeof priority === "number" && !Number.isNaN(priority)) {
      return priority;
    }
    const message = `Cannot put into PriorityQueue: 'priority' must be ${
      given === undefined && typeof item !== "number"
        ? "given if the item is no number"
        : "a number that is not NaN"
    }, received ${show(priority)}`;
    throw typeof priority === "number"
      ? new RangeError(message)
      : new TypeError(message);
  }
}
