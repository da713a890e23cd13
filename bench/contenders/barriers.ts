/**
 * Barriers.
 *
 * @module
 */

import { Barrier } from "../../mod.ts";
import { LINE } from "../support/layout.ts";
import * as peer from "../support/peer.ts";
import {
  type Contenders,
  type Meeting,
  type Words,
  wordsOf,
} from "./contender.ts";

const ARRIVED = 0, GENERATION = LINE;
/** Some 400 µs: who is away that long has lost its core to another program. */
const LOOKS = 20_000;

class FloorBarrier implements Meeting {
  readonly #words: Words;
  readonly #parties: number;

  constructor(shared: SharedArrayBuffer, parties: number) {
    this.#words = new Int32Array(shared);
    this.#parties = parties;
  }

  wait(): void {
    const words = this.#words;
    const generation = Atomics.load(words, GENERATION);
    if (Atomics.add(words, ARRIVED, 1) === this.#parties - 1) {
      Atomics.store(words, ARRIVED, 0);
      Atomics.add(words, GENERATION, 1);
      return;
    }
    for (let n = 0; Atomics.load(words, GENERATION) === generation; n++) {
      if (n < LOOKS) Atomics.pause();
      // Nobody notifies, as that is not for nothing: looks each millisecond.
      else Atomics.wait(words, GENERATION, generation, 1);
    }
  }
}

class NaiveBarrier implements Meeting {
  readonly #words: Words;
  readonly #parties: number;

  constructor(shared: SharedArrayBuffer, parties: number) {
    this.#words = new Int32Array(shared);
    this.#parties = parties;
  }

  wait(): void {
    const words = this.#words;
    // Before the arrival: after it the generation may be the next one.
    const generation = Atomics.load(words, GENERATION);
    if (Atomics.add(words, ARRIVED, 1) === this.#parties - 1) {
      Atomics.store(words, ARRIVED, 0);
      Atomics.add(words, GENERATION, 1);
      Atomics.notify(words, GENERATION);
      return;
    }
    while (Atomics.load(words, GENERATION) === generation) {
      Atomics.wait(words, GENERATION, generation);
    }
  }
}

class PeerBarrier implements Meeting {
  readonly #barrier: peer.Barrier;

  constructor(shared: SharedArrayBuffer) {
    this.#barrier = new peer.Barrier(undefined, shared);
  }

  wait(): void {
    this.#barrier.blockingWait();
  }
}

/** All of them. */
export const barriers: Contenders<Meeting> = {
  floor: {
    make: () => wordsOf(),
    open: (shared, _me, parties) => new FloorBarrier(shared, parties),
  },
  naive: {
    make: () => wordsOf(),
    open: (shared, _me, parties) => new NaiveBarrier(shared, parties),
  },
  multithreading: {
    // Lock, parties, parties that are missing, generation.
    make: (parties) => wordsOf(0, parties, parties, 0),
    open: (shared) => new PeerBarrier(shared),
  },
  ours: {
    make: (parties) => new Barrier(parties).handle,
    open: (shared) => Barrier.from(shared),
  },
};
