/**
 * LifoQueue: the item that was put in last comes out first.
 *
 * Words, states, invariants and progress are those of `_queue_state.ts`; this file is
 * the face of it.
 *
 * *Source* · Python's `queue.LifoQueue`.
 *
 * @module
 */

import { createQueue, queueBytes } from "./_queue_record.ts";
import { attachedWords, attachment, type Handle } from "./_record.ts";
import { openStore } from "./_store.ts";
import { Queue, type QueueKind, type QueueOptions } from "./queue.ts";

/**
 * A queue whose last item is the first out: a stack.
 *
 * All else is as with a {@linkcode Queue}.
 *
 * @example Usage
 * ```ts
 * import { LifoQueue } from "@interlock/threading";
 *
 * const stack = new LifoQueue<string>();
 * stack.put("first");
 * stack.put("second");
 * console.log(stack.get()); // second
 * ```
 */
export class LifoQueue<T = unknown> extends Queue<T> {
  /** The bytes that a queue made with these options takes in memory of the caller's. */
  static override byteLengthFor<T = unknown>(
    options?: QueueOptions<T>,
  ): number {
    return queueBytes("LifoQueue", options);
  }

  /** Makes a queue without items. */
  constructor(options?: QueueOptions<T>) {
    const words = attachedWords(options) ?? createQueue("LifoQueue", options);
    super(attachment(words));
  }

  /** Opens the queue that a handle, or another view, names. */
  static override from<T = unknown>(handle: Handle<QueueKind>): LifoQueue<T> {
    return new LifoQueue<T>(attachment(openStore(["LifoQueue"], handle)));
  }
}
