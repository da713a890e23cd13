/**
 * The locks that are compared where tasks await them.
 *
 * @module
 */

import { Lock } from "../../mod.ts";
import { Mutex as AsyncMutex } from "../support/async_peers.ts";
import { Mutex } from "../support/peer.ts";

/** Awaits a lock, runs the section alone, and lets the next one in. */
export type Enter = (section: () => Promise<void>) => Promise<unknown>;

/** The locks of the platform, which the types of this version do not know. */
const { locks } = navigator as unknown as {
  locks: { request(name: string, section: () => unknown): Promise<unknown> };
};

/** Three states, as a lock that blocks has them, and a `waitAsync` for each waiter. */
class NaiveLock {
  readonly #words = new Int32Array(new SharedArrayBuffer(4));

  async acquire(): Promise<void> {
    const words = this.#words;
    if (Atomics.compareExchange(words, 0, 0, 1) === 0) return;
    while (Atomics.exchange(words, 0, 2) !== 0) {
      const waiting = Atomics.waitAsync(words, 0, 2);
      if (waiting.async) await waiting.value;
    }
  }

  release(): void {
    if (Atomics.exchange(this.#words, 0, 0) === 2) {
      Atomics.notify(this.#words, 0, 1);
    }
  }
}

/** All of them, by name; each makes a lock of its own. */
export const contenders: Readonly<Record<string, () => Enter>> = {
  ours() {
    const lock = new Lock();
    return async (section) => {
      await lock.acquireAsync();
      await section();
      lock.release();
    };
  },
  "ours, run"() {
    const lock = new Lock();
    return (section) => lock.runAsync(section);
  },
  /** What each acquisition awaits anyway; it excludes nobody, so one task does it all. */
  floor: () => async (section) => {
    await undefined;
    await section();
  },
  naive() {
    const lock = new NaiveLock();
    return async (section) => {
      await lock.acquire();
      await section();
      lock.release();
    };
  },
  multithreading() {
    const mutex = new Mutex();
    return async (section) => {
      const guard = await mutex.lock();
      await section();
      guard.dispose();
    };
  },
  "async-mutex"() {
    const mutex = new AsyncMutex();
    return async (section) => {
      const release = await mutex.acquire();
      await section();
      release();
    };
  },
  "navigator.locks"() {
    const name = crypto.randomUUID();
    return (section) => locks.request(name, section);
  },
};
