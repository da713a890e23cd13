/**
 * Two workers that take turns, each of which waits for an event of its own that the
 * other sets.
 *
 * The peer has no event: there it is a flag, a mutex and a condition.
 *
 * @module
 */

import { Event, type Handle } from "../../mod.ts";
import * as peer from "../support/peer.ts";
import {
  type Contenders,
  type Guard,
  type Words,
  wordsOf,
} from "./contender.ts";

/** What one waits for until the other sets it, and which is clear again then. */
interface Signal {
  await(): void;
  set(): void;
}

class Turns implements Guard {
  readonly #mine: Signal;
  readonly #theirs: Signal;

  constructor(mine: Signal, theirs: Signal) {
    this.#mine = mine;
    this.#theirs = theirs;
  }

  acquire(): void {
    this.#mine.await();
  }

  release(): void {
    this.#theirs.set();
  }
}

class OurSignal implements Signal {
  readonly #event: Event;

  constructor(handle: Handle<"Event">) {
    this.#event = Event.from(handle);
  }

  await(): void {
    this.#event.wait();
    this.#event.clear();
  }

  set(): void {
    this.#event.set();
  }
}

class NaiveSignal implements Signal {
  readonly #words: Words;

  constructor(shared: SharedArrayBuffer) {
    this.#words = new Int32Array(shared);
  }

  await(): void {
    while (Atomics.load(this.#words, 0) === 0) Atomics.wait(this.#words, 0, 0);
    Atomics.store(this.#words, 0, 0);
  }

  set(): void {
    Atomics.store(this.#words, 0, 1);
    Atomics.notify(this.#words, 0);
  }
}

class PeerSignal implements Signal {
  readonly #mutex: peer.Mutex;
  readonly #condition: peer.Condvar;
  readonly #flag: Words;

  constructor([mutex, condition, flag]: readonly SharedArrayBuffer[]) {
    this.#mutex = new peer.Mutex(undefined, mutex);
    this.#condition = new peer.Condvar(condition);
    this.#flag = new Int32Array(flag!);
  }

  await(): void {
    const guard = this.#mutex.blockingLock();
    while (this.#flag[0] === 0) this.#condition.blockingWait(guard);
    this.#flag[0] = 0;
    guard.dispose();
  }

  set(): void {
    const guard = this.#mutex.blockingLock();
    this.#flag[0] = 1;
    this.#condition.notifyOne();
    guard.dispose();
  }
}

/** Worker 0 has the first turn. */
function turns<T>(
  open: (shared: T) => Signal,
  signals: readonly T[],
  me: number,
): Guard {
  return new Turns(open(signals[me]!), open(signals[1 - me]!));
}

/** All of them. */
export const events: Contenders<Guard> = {
  naive: {
    make: () => [wordsOf(1), wordsOf(0)],
    open: (shared, me) =>
      turns((words: SharedArrayBuffer) => new NaiveSignal(words), shared, me),
  },
  multithreading: {
    make: () => [1, 0].map((flag) => [wordsOf(), wordsOf(), wordsOf(flag)]),
    open: (shared, me) =>
      turns((parts: SharedArrayBuffer[]) => new PeerSignal(parts), shared, me),
  },
  ours: {
    make() {
      const first = new Event();
      first.set();
      return [first.handle, new Event().handle];
    },
    open: (shared, me) =>
      turns((handle: Handle<"Event">) => new OurSignal(handle), shared, me),
  },
};
