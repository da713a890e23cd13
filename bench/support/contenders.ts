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
  make(size: number): SharedArrayBuffer | Handle;
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
};
