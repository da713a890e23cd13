/**
 * Locks.
 *
 * @module
 */

import { Lock, RLock } from "../../mod.ts";
import { LINE } from "../support/layout.ts";
import * as peer from "../support/peer.ts";
import {
  type Contender,
  type Contenders,
  firstWord,
  type Guard,
  type Words,
  wordsOf,
} from "./contender.ts";

class Floor implements Guard {
  readonly #words: Words;

  constructor(shared: SharedArrayBuffer, me: number) {
    this.#words = new Int32Array(shared, me * LINE * 4, 1);
  }

  acquire(): void {
    Atomics.compareExchange(this.#words, 0, 0, 1);
  }

  release(): void {
    Atomics.compareExchange(this.#words, 0, 1, 0);
  }
}

/** Two raw Atomics operations, on a word of the worker's own. */
export const floor: Contender<Guard> = {
  make: () => wordsOf(),
  open: (shared, me) => new Floor(shared, me),
};

/** Two states, and a notification at each release. */
export class NaiveLock implements Guard {
  readonly #words: Words;

  constructor(shared: SharedArrayBuffer) {
    this.#words = new Int32Array(shared);
  }

  acquire(): void {
    while (Atomics.compareExchange(this.#words, 0, 0, 1) !== 0) {
      Atomics.wait(this.#words, 0, 1);
    }
  }

  release(): void {
    Atomics.store(this.#words, 0, 0);
    Atomics.notify(this.#words, 0, 1);
  }
}

class PeerLock implements Guard {
  readonly #mutex: peer.Mutex;
  #guard!: { dispose(): void };

  constructor(shared: SharedArrayBuffer) {
    this.#mutex = new peer.Mutex(undefined, shared);
  }

  acquire(): void {
    this.#guard = this.#mutex.blockingLock();
  }

  release(): void {
    this.#guard.dispose();
  }
}

const ourLock = (fair: boolean): Contender<Guard> => ({
  make: () => new Lock({ fair }).handle,
  open: (shared) => Lock.from(shared),
  left: (shared) => Lock.from(shared).locked ? 0 : 1,
});

/** All of them. */
export const locks: Contenders<Guard> = {
  floor,
  naive: {
    make: () => wordsOf(),
    open: (shared) => new NaiveLock(shared),
    left: (shared) => 1 - firstWord(shared),
  },
  multithreading: {
    make: () => wordsOf(),
    open: (shared) => new PeerLock(shared),
    left: (shared) => 1 - firstWord(shared),
  },
  ours: ourLock(false),
  "ours, fair": ourLock(true),
  "ours, RLock": {
    make: () => new RLock().handle,
    open: (shared) => RLock.from(shared),
    left: (shared) => RLock.from(shared).locked ? 0 : 1,
  },
};
