import {
  AbandonedLockError,
  type AtomicInt32,
  type Lock,
  type RLock,
  type RWLock,
  type Task,
  task,
} from "@interlock/threading";
import { bump } from "../support/stage.ts";

/** What a dead thread can be recovered from. */
export type Owned = Lock | RLock | RWLock["write"];

/** Ways to end that give nothing back. */
export const ENDS = ["close", "throw", "reject", "kill", "return"] as const;

/** What one victim and its rescuers share. */
export interface Scene {
  readonly lock: Owned;
  /** Two counters that are the same whenever nobody holds the lock. */
  readonly first: AtomicInt32;
  readonly second: AtomicInt32;
  /** When the victim ended. */
  readonly when: Float64Array<SharedArrayBuffer>;
  readonly ready: AtomicInt32;
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

/** Acquires, changes half of what it should, and ends. */
export const die: Task<
  (scene: Scene, end: typeof ENDS[number]) => Promise<void>
> = task(
  import.meta,
  async function die({ lock, first, when, ready }, end) {
    lock.acquire();
    if (lock.kind === "RLock") lock.acquire();
    first.add(1);
    when[0] = now();
    bump(ready);
    if (end === "close") self.close();
    if (end === "throw") {
      setTimeout(() => {
        throw new Error("on purpose");
      });
    }
    if (end === "reject") Promise.reject(new Error("on purpose"));
    if (end !== "return") await new Promise(() => {});
  },
);

/**
 * Gets every lock, mends what it protects where its holder died, and adds one to
 * both counters; how many it mended, and the longest time since a death.
 */
export const rescue: Task<
  (scenes: readonly Scene[]) => { mended: number; longest: number }
> = task(
  import.meta,
  function rescue(scenes) {
    let mended = 0, longest = 0;
    for (const { lock, first, second, when } of scenes) {
      let held;
      try {
        held = lock.hold();
      } catch (error) {
        if (!(error instanceof AbandonedLockError)) throw error;
        held = lock.recover();
        if (held.wasAbandoned) {
          mended++;
          longest = Math.max(longest, now() - when[0]!);
          first.store(second.load());
        }
      }
      if (first.load() !== second.load()) throw new Error("half changed");
      first.add(1);
      second.add(1);
      held.release();
    }
    return { mended, longest };
  },
);
