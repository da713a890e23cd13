/**
 * Operations of what is acquired and released.
 *
 * @module
 */

import {
  BoundedSemaphore,
  Condition,
  Lock,
  RLock,
  RWLock,
  Semaphore,
  type SyncLockable,
} from "../../mod.ts";
import type { Guard } from "../contenders/contender.ts";
import { locks } from "../contenders/locks.ts";
import { rwLocks } from "../contenders/rw_locks.ts";
import { semaphores } from "../contenders/semaphores.ts";
import * as asyncPeer from "../support/async_peers.ts";
import * as peer from "../support/peer.ts";
import {
  each,
  type Make,
  type Operation,
  type Operations,
  others,
} from "./_operation.ts";

type Sync = SyncLockable<string> & { tryAcquire(): boolean };
type Async = Sync & {
  acquireAsync(): Promise<boolean>;
  holdAsync(): ReturnType<Lock["holdAsync"]>;
  runAsync(fn: () => void): Promise<void>;
};
type Rows = Record<string, Operation>;

const floor: Record<string, Make> = { floor: (own) => own.exchanges() };

/** What can be done with anything that is acquired. */
function blocking(
  ours: Record<string, () => Sync>,
  theirs: Record<string, () => Guard> = {},
): Rows {
  return {
    "acquire + release": {
      by: {
        ...each<Guard>({ ...ours, ...theirs }, (own, it) => own.pair(it)),
        ...floor,
      },
    },
    "tryAcquire + release": {
      by: { ...each(ours, (own, it) => own.attempt(it)), ...floor },
    },
    "hold + release": {
      by: { ...each(ours, (own, it) => own.hold(it)), ...floor },
    },
    "using hold": {
      by: { ...each(ours, (own, it) => own.useHold(it)), ...floor },
    },
    "run": { by: { ...each(ours, (own, it) => own.run(it)), ...floor } },
  };
}

const awaitedFloor: Record<string, Make> = {
  floor: (own) => own.awaits(own.exchanges()),
};

/** What can also be done with what is awaited. */
function awaiting(
  ours: Record<string, () => Async>,
  theirs: Record<string, Make> = {},
): Rows {
  return {
    "acquireAsync + release": {
      awaits: true,
      by: {
        ...each(ours, (own, it) => own.pairAsync(it)),
        ...theirs,
        ...awaitedFloor,
      },
    },
    "holdAsync + release": {
      awaits: true,
      by: { ...each(ours, (own, it) => own.holdAsync(it)), ...awaitedFloor },
    },
    "runAsync": {
      awaits: true,
      by: { ...each(ours, (own, it) => own.runAsync(it)), ...awaitedFloor },
    },
  };
}

const lockViews = {
  "ours": () => new Lock(),
  "ours, fair": () => new Lock({ fair: true }),
  "ours, ownerCheck": () => new Lock({ ownerCheck: true }),
};

const awaitedLocks: Record<string, Make> = {
  multithreading() {
    const mutex = new peer.Mutex();
    return async () => (await mutex.lock()).dispose();
  },
  "async-mutex"() {
    const mutex = new asyncPeer.Mutex();
    return async () => (await mutex.acquire())();
  },
};

const awaitedSemaphores: Record<string, Make> = {
  multithreading() {
    const semaphore = new peer.Semaphore(1);
    return async () => (await semaphore.acquire()).dispose();
  },
  "async-mutex"() {
    const semaphore = new asyncPeer.Semaphore(1);
    return async () => (await semaphore.acquire())[1]();
  },
};

function nested(): RLock {
  const lock = new RLock();
  lock.acquire();
  return lock;
}

/** Who holds the lock of a condition can notify. */
function held(): Condition<Lock> {
  const condition = new Condition(new Lock());
  condition.acquire();
  return condition;
}

/** A side of a reader-writer lock of the crews. */
function sides(side: "read" | "write"): Record<string, () => Guard> {
  return Object.fromEntries(
    Object.entries(others(rwLocks)).map((
      [name, make],
    ) => [name, () => make()[side]]),
  );
}

/** Names the side that it is of. */
function prefixed(side: string, rows: Rows): Rows {
  return Object.fromEntries(
    Object.entries(rows).map(([name, row]) => [`${side}: ${name}`, row]),
  );
}

/** All of them. */
export const lockOperations: Operations = {
  Lock: {
    ...blocking(lockViews, others(locks)),
    ...awaiting(lockViews, awaitedLocks),
    "locked": {
      gives: false,
      by: {
        ours() {
          const lock = new Lock();
          return () => lock.locked;
        },
        floor: (own) => own.giving(false, own.looks()),
      },
    },
  },
  RLock: {
    ...blocking({ ours: () => new RLock() }),
    "acquire + release, nested": {
      by: {
        ...each({ ours: nested }, (own, it) => own.pair(it)),
        // Nobody but the holder counts.
        floor() {
          const words = new Int32Array(2);
          return () => {
            words[0]!++;
            words[0]!--;
          };
        },
      },
    },
  },
  Semaphore: {
    ...blocking({ ours: () => new Semaphore(1) }, others(semaphores)),
    ...awaiting({ ours: () => new Semaphore(1) }, awaitedSemaphores),
  },
  BoundedSemaphore: {
    ...blocking({ ours: () => new BoundedSemaphore(1) }),
    ...awaiting({ ours: () => new BoundedSemaphore(1) }),
  },
  RWLock: {
    ...prefixed("read", {
      ...blocking({ ours: () => new RWLock().read }, sides("read")),
      ...awaiting({ ours: () => new RWLock().read }),
    }),
    ...prefixed("write", {
      ...blocking({ ours: () => new RWLock().write }, sides("write")),
      ...awaiting({ ours: () => new RWLock().write }),
    }),
    ...prefixed("upgradable", {
      ...blocking({ ours: () => new RWLock().upgradable }),
      ...awaiting({ ours: () => new RWLock().upgradable }),
    }),
    "write: acquire + downgrade + release": {
      by: {
        ours() {
          const { write } = new RWLock();
          return () => {
            write.acquire();
            write.downgrade().release();
          };
        },
      },
    },
  },
  Condition: {
    ...blocking({ ours: () => new Condition(new Lock()) }),
    "notify, nobody waits": {
      gives: 0,
      by: {
        ours() {
          const condition = held();
          return () => condition.notify();
        },
        floor: (own) => own.looks(0),
      },
    },
    "notifyAll, nobody waits": {
      gives: 0,
      by: {
        ours() {
          const condition = held();
          return () => condition.notifyAll();
        },
        floor: (own) => own.looks(0),
      },
    },
    "waitFor, when it holds": {
      gives: true,
      by: {
        ours() {
          const condition = held();
          return () => condition.waitFor(() => true);
        },
      },
    },
  },
};
