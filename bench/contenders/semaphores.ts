/**
 * Semaphores.
 *
 * @module
 */

import { Semaphore } from "../../mod.ts";
import * as peer from "../support/peer.ts";
import {
  type Contenders,
  firstWord,
  type Guard,
  type Words,
  wordsOf,
} from "./contender.ts";
import { floor } from "./locks.ts";

class NaiveSemaphore implements Guard {
  readonly #words: Words;

  constructor(shared: SharedArrayBuffer) {
    this.#words = new Int32Array(shared);
  }

  acquire(): void {
    const words = this.#words;
    for (;;) {
      const left = Atomics.load(words, 0);
      if (left === 0) Atomics.wait(words, 0, 0);
      else if (Atomics.compareExchange(words, 0, left, left - 1) === left) {
        return;
      }
    }
  }

  release(): void {
    Atomics.add(this.#words, 0, 1);
    Atomics.notify(this.#words, 0, 1);
  }
}

class PeerSemaphore implements Guard {
  readonly #semaphore: peer.Semaphore;
  #guard!: { dispose(): void };

  constructor(shared: SharedArrayBuffer) {
    this.#semaphore = new peer.Semaphore(0, shared);
  }

  acquire(): void {
    this.#guard = this.#semaphore.blockingAcquire();
  }

  release(): void {
    this.#guard.dispose();
  }
}

/** All of them. */
export const semaphores: Contenders<Guard> = {
  floor,
  naive: {
    make: (permits) => wordsOf(permits),
    open: (shared) => new NaiveSemaphore(shared),
    left: firstWord,
  },
  multithreading: {
    // Permits, waiters.
    make: (permits) => wordsOf(permits, 0),
    open: (shared) => new PeerSemaphore(shared),
    left: firstWord,
  },
  ours: {
    make: (permits) => new Semaphore(permits).handle,
    open: (shared) => Semaphore.from(shared),
    left: (shared) => Semaphore.from(shared).value,
  },
};
