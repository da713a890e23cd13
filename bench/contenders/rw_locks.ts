/**
 * Reader-writer locks; `ours, Lock` is our Lock, which one should beat.
 *
 * @module
 */

import { Lock, RWLock } from "../../mod.ts";
import * as peer from "../support/peer.ts";
import {
  type Contenders,
  type Doors,
  firstWord,
  type Guard,
  wordsOf,
} from "./contender.ts";
import { floor, NaiveLock } from "./locks.ts";

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

/** All of them. */
export const rwLocks: Contenders<Doors> = {
  floor: {
    make: floor.make,
    open(shared, me) {
      const guard = floor.open(shared, me, 1);
      return { read: guard, write: guard };
    },
  },
  naive: {
    make: () => wordsOf(),
    open(shared) {
      const lock = new NaiveLock(shared);
      return { read: lock, write: lock };
    },
    left: (shared) => 1 - firstWord(shared),
  },
  "ours, Lock": {
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
};
