/**
 * Two workers that take turns, and tell each other so by a condition.
 *
 * @module
 */

import { Condition, type ConditionHandle, Lock } from "../../mod.ts";
import { LINE } from "../support/layout.ts";
import * as peer from "../support/peer.ts";
import {
  type Contenders,
  type Guard,
  type Words,
  wordsOf,
} from "./contender.ts";
import { NaiveLock } from "./locks.ts";

/** What two workers enter in turns, and tell each other so by a condition; over a lock. */
abstract class Turns implements Guard {
  readonly #turn: Words;
  readonly #me: number;

  constructor(turn: Words, me: number) {
    this.#turn = turn;
    this.#me = me;
  }

  acquire(): void {
    this.lock();
    while (this.#turn[0] !== this.#me) this.wait();
  }

  release(): void {
    this.#turn[0] = 1 - this.#me;
    this.notify();
    this.unlock();
  }

  abstract lock(): void;
  abstract unlock(): void;
  abstract wait(): void;
  abstract notify(): void;
}

class OurTurns extends Turns {
  readonly #condition: Condition<Lock>;

  constructor(shared: ConditionHandle<"Lock">, me: number) {
    super(new Int32Array(shared.buffer, Condition.byteLength), me);
    this.#condition = Condition.from(shared);
  }

  lock(): void {
    this.#condition.acquire();
  }

  unlock(): void {
    this.#condition.release();
  }

  wait(): void {
    this.#condition.wait();
  }

  notify(): void {
    this.#condition.notify();
  }
}

class NaiveTurns extends Turns {
  readonly #lock: NaiveLock;
  readonly #words: Words;

  constructor([lock, words]: readonly SharedArrayBuffer[], me: number) {
    super(new Int32Array(words!, LINE * 4), me);
    this.#lock = new NaiveLock(lock!);
    this.#words = new Int32Array(words!);
  }

  lock(): void {
    this.#lock.acquire();
  }

  unlock(): void {
    this.#lock.release();
  }

  wait(): void {
    const before = Atomics.load(this.#words, 0);
    this.#lock.release();
    Atomics.wait(this.#words, 0, before);
    this.#lock.acquire();
  }

  notify(): void {
    Atomics.add(this.#words, 0, 1);
    Atomics.notify(this.#words, 0, 1);
  }
}

class PeerTurns extends Turns {
  readonly #mutex: peer.Mutex;
  readonly #condition: peer.Condvar;
  #guard!: ReturnType<peer.Mutex["blockingLock"]>;

  constructor([lock, words]: readonly SharedArrayBuffer[], me: number) {
    super(new Int32Array(words!, LINE * 4), me);
    this.#mutex = new peer.Mutex(undefined, lock);
    this.#condition = new peer.Condvar(words);
  }

  lock(): void {
    this.#guard = this.#mutex.blockingLock();
  }

  unlock(): void {
    this.#guard.dispose();
  }

  wait(): void {
    this.#condition.blockingWait(this.#guard);
  }

  notify(): void {
    this.#condition.notifyOne();
  }
}

/** All of them. */
export const conditions: Contenders<Guard> = {
  naive: {
    make: () => [wordsOf(), wordsOf()],
    open: (shared, me) => new NaiveTurns(shared, me),
  },
  multithreading: {
    make: () => [wordsOf(), wordsOf()],
    open: (shared, me) => new PeerTurns(shared, me),
  },
  ours: {
    make() {
      const buffer = new SharedArrayBuffer(Condition.byteLength + LINE * 4);
      return new Condition(new Lock(), { memory: { buffer } }).handle;
    },
    open: (shared, me) => new OurTurns(shared, me),
  },
};
