/**
 * The records of Queue and its like: how many items there may be, and what stands where.
 *
 * @module
 */

import { HEAP_LINKS } from "./_heap.ts";
import { LIST_LINKS } from "./_items.ts";
import { AFTER_QUEUE, fillQueue, UNBOUNDED } from "./_queue_state.ts";
import type { Words } from "./_record.ts";
import {
  createStore,
  storeBytes,
  type StoreKind,
  type StoreOptions,
} from "./_store.ts";
import { integer, optionBag } from "./_validate.ts";

/** What a queue can be made with. */
export interface QueueOptions<T> extends StoreOptions<T> {
  /** The most items there may be, from 1 to 1073741823 or Infinity; no bound if left out. */
  maxSize?: number;
}

/** Makes the record of a queue. */
export function createQueue<T>(kind: string, options?: QueueOptions<T>): Words {
  const action = `create ${kind}`, bag = optionBag(action, options);
  const most = mostOf(action, bag.maxSize);
  return createStore(storeKind(kind), bag, most, (words, cells) => {
    fillQueue(words, most, cells);
  });
}

/** The bytes that a queue takes at a place of the caller's. */
export function queueBytes<T>(kind: string, options?: QueueOptions<T>): number {
  const action = `size ${kind}`;
  const most = mostOf(action, optionBag(action, options).maxSize);
  return storeBytes(storeKind(kind), options, most);
}

/** How many items there may be, at least one unless the option says otherwise. */
export function mostOf(
  action: string,
  most: number = Infinity,
  name = "maxSize",
  least = 1,
): number {
  return most === Infinity
    ? UNBOUNDED
    : integer(action, name, most, least, UNBOUNDED);
}

function storeKind(kind: string): StoreKind {
  const links = kind === "PriorityQueue" ? HEAP_LINKS : LIST_LINKS;
  return { kind, after: AFTER_QUEUE, links };
}
