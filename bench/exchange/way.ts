/**
 * A way for items from those who send them to those who receive them: a contender.
 *
 * It is made once, by the main thread, and opened once by each worker that takes part.
 *
 * @module
 */

import type { Item, Kind, Tally } from "./items.ts";
import type { Loops } from "./loops.ts";

export { PATIENCE } from "../support/patience.ts";

/** What a way is made for. */
export interface Setting {
  readonly kind: Kind;
  readonly producers: number;
  /** None if one thread sends and receives. */
  readonly consumers: number;
  /** The items of a round. */
  readonly times: number;
}

/** Where a way is opened. */
export interface Place {
  readonly kind: Kind;
  /** Whether it is to send here. */
  readonly sends: boolean;
  readonly loops: Loops;
  readonly make: (id: number) => Item;
  readonly count: (tally: Tally, item: Item) => void;
  /** One for each worker that it sends to, or receives from, if it goes through ports. */
  readonly ports: readonly MessagePort[];
  /** Throws if the round has failed; for those who wait without sleeping. */
  readonly look: () => void;
}

/** A way as a worker has it. */
export interface Party {
  /** Sends the items with the numbers from `first` on. */
  send?(first: number, count: number): void;
  /** Receives so many items. */
  receive?(count: number, tally: Tally): void | Promise<void>;
  /** Sends each item and receives it, in one thread. */
  both?(count: number, tally: Tally): void;
  /** After a failure: wakes others that wait here, if they do so without a timeout. */
  release?(): void;
}

/** A contender. */
export interface Way<Shared> {
  /** Whether it is made anew for each round. */
  readonly fresh?: boolean;
  /** Whether it goes through ports, one for each producer. */
  readonly ports?: boolean;
  /** What the workers share; it is posted to them. */
  make(setting: Setting): Shared;
  open(shared: Shared, place: Place): Party;
}

/** Contenders by name. What one of them shares is its own affair. */
export type Ways = Readonly<Record<string, Way<unknown>>>;

/** A way of which each item is sent and received by itself. */
export function oneByOne(
  { loops }: Place,
  put: (id: number) => void,
  get: (tally: Tally) => void,
  release?: () => void,
): Party {
  return {
    send: (first, count) => loops.send(put, first, count),
    receive: (count, tally) => loops.receive(get, count, tally),
    both: (count, tally) => loops.both(put, get, count, tally),
    ...(release === undefined ? {} : { release }),
  };
}
