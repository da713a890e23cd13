/**
 * The loops of those who send and receive one item at a time.
 *
 * Each contender loads a copy of this module: so the engine compiles each loop for it.
 *
 * @module
 */

import type { Tally } from "./items.ts";

/** The loops. */
export interface Loops {
  /** Sends the items with the numbers from `first` on. */
  send(put: (id: number) => void, first: number, count: number): void;
  /** Receives so many items. */
  receive(get: (tally: Tally) => void, count: number, tally: Tally): void;
  /** Sends each item and receives it, in one thread. */
  both(
    put: (id: number) => void,
    get: (tally: Tally) => void,
    count: number,
    tally: Tally,
  ): void;
}

/** A copy of them. */
export const loops: Loops = {
  send(put, first, count) {
    for (let id = first; id < first + count; id++) put(id);
  },
  receive(get, count, tally) {
    for (let i = 0; i < count; i++) get(tally);
  },
  both(put, get, count, tally) {
    for (let id = 0; id < count; id++) {
      put(id);
      get(tally);
    }
  },
};
