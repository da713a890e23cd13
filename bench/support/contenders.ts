/**
 * What is compared, for each primitive.
 *
 * - `floor`: two raw Atomics operations around each section, on a word that no
 *   other worker uses: it excludes nobody, and nothing that does can do with less.
 *   Of a barrier: spinning on raw Atomics, for as long as it takes.
 * - `naive`: what one writes in ten minutes: a lock of two states and a semaphore
 *   that notify at each release, a barrier that always sleeps.
 * - `multithreading`: the peer package, by its blocking methods and its guards.
 * - `ours`, `ours, fair`, and `RLock`.
 * - `lock`: our Lock, where a reader-writer lock should beat it.
 *
 * Each is made once, by the main thread, and opened by every worker.
 *
 * @module
 */

import {
  Barrier,
  Condition,
  type ConditionHandle,
  type Handle,
  Lock,
  RLock,
  RWLock,
  Semaphore,
} from "../../mod.ts";
import { bytesFor, LINE, MOST_WORKERS } from "./layout.ts";
import * as peer from "./peer.ts";

type Words = Int32Array<SharedArrayBuffer>;

/** What lets at most so many in. */
export interface Guard {
  acquire(): unknown;
  release(): void;
}

/** What lets its parties go on together. */
export interface Meeting {
  wait(): unknown;
}

/** What lets many readers or one writer in. */
export interface Doors {
  readonly read: Guard;
  readonly write: Guard;
}

/** One way to build a primitive; `size` is its permits or its parties. */
export interface Contender<T = Guard | Doors | Meeting> {
  /** The shared state of a new one. */
  make(size: number): SharedArrayBuffer | SharedArrayBuffer[] | Handle;
  /** The view of worker `me`. */
  open(shared: never, me: number, size: number): T;
  /** How many permits are left; missing where there are none. */
  left?(shared: never): number;
}

function wordsOf(...values: number[]): SharedArrayBuffer {
  const words = new Int32Array(new SharedArrayBuffer(bytesFor(MOST_WORKERS)));
  words.set(values);
  return words.buffer;
}

function firstWord(shared: SharedArrayBuffer): number {
  return Atomics.load(new Int32Array(shared), 0);
}

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

class NaiveLock implements Guard {
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

class PeerDoor implements Guard {
  readonly #enter: () => { dispose(): void };
  #guard!: { dispose(): void };

  constructor(enter: () => { dispose(): void }) {
    this.#enter = enter;
  }

  acquire(): void {
    this.#guard = this.#enter();
  }

  release(): void {
    this.#guard.dispose();
  }
}

function peerDoors(shared: SharedArrayBuffer): Doors {
  const lock = new peer.RwLock(undefined, shared);
  return {
    read: new PeerDoor(() => lock.blockingRead()),
    write: new PeerDoor(() => lock.blockingWrite()),
  };
}

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

const floor: Contender<Guard> = {
  make: () => wordsOf(),
  open: (shared, me) => new Floor(shared, me),
};

const ourLock = (fair: boolean): Contender<Guard> => ({
  make: () => new Lock({ fair }).handle,
  open: (shared) => Lock.from(shared),
  left: (shared) => Lock.from(shared).locked ? 0 : 1,
});

/** All of them, by primitive and name. The words of the peer's are as its own makers fill them. */
export const contenders: {
  lock: Record<string, Contender<Guard>>;
  rwlock: Record<string, Contender<Doors>>;
  semaphore: Record<string, Contender<Guard>>;
  barrier: Record<string, Contender<Meeting>>;
  condition: Record<string, Contender<Guard>>;
} = {
  lock: {
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
    RLock: {
      make: () => new RLock().handle,
      open: (shared) => RLock.from(shared),
      left: (shared) => RLock.from(shared).locked ? 0 : 1,
    },
  },
  rwlock: {
    floor: {
      make: floor.make,
      open(shared, me) {
        const guard = new Floor(shared as never, me);
        return { read: guard, write: guard };
      },
    },
    lock: {
      make: () => new Lock().handle,
      open(shared) {
        const lock = Lock.from(shared);
        return { read: lock, write: lock };
      },
      left: (shared) => Lock.from(shared).locked ? 0 : 1,
    },
    multithreading: {
      make: () => wordsOf(),
      open: (shared) => peerDoors(shared),
      left: (shared) => 1 - firstWord(shared),
    },
    ours: {
      make: () => new RWLock().handle,
      open: (shared) => RWLock.from(shared),
      left: (shared) => RWLock.from(shared).locked ? 0 : 1,
    },
  },
  semaphore: {
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
  },
  barrier: {
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
  },
  condition: {
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
  },
};
