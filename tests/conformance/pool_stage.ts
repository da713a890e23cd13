/**
 * Pools for a test: they are shut down with it, also when it fails.
 */

import {
  type ExecutorOptions,
  Thread,
  ThreadPoolExecutor,
} from "@interlock/threading";
import { assertEquals } from "@std/assert";
import { type Face, FACES, type Stage, test } from "../support/stage.ts";

/** Makes a pool that ends with the test. */
export type MakePool = (options?: ExecutorOptions) => ThreadPoolExecutor;

/** The threads that are alive and not the stage's: those of pools. */
export function poolThreads(prefix = ""): Thread[] {
  return Thread.enumerate().filter(({ name }) =>
    !/^Thread-\d/.test(name) && name.startsWith(prefix)
  );
}

/** A test with pools. */
export function poolTest(
  name: string,
  fn: (pool: MakePool, stage: Stage) => void | Promise<void>,
  timeout?: number,
): void {
  test(name, async (stage) => {
    const pools: ThreadPoolExecutor[] = [];
    const pool: MakePool = (options) => {
      const made = new ThreadPoolExecutor(options);
      pools.push(made);
      return made;
    };
    let passed = false;
    try {
      await fn(pool, stage);
      passed = true;
    } finally {
      // The tasks of a test that failed may wait for it.
      if (!passed) { for (const thread of poolThreads()) thread.stop(); }
      for (const pool of pools) {
        await pool.shutdownAsync({ cancelFutures: true });
      }
    }
    assertEquals(poolThreads(), [], "a pool that is shut down has no thread");
  }, timeout);
}

/**
 * The same test on both faces, one after the other: the second one gets the pools of
 * the first, as threads take their time to start, unless they are shut down.
 */
export function poolFaces(
  name: string,
  fn: (face: Face, pool: MakePool, stage: Stage) => void | Promise<void>,
  timeout?: number,
): void {
  poolTest(name, async (makePool, stage) => {
    const kept = new Map<string, ThreadPoolExecutor>();
    for (const face of FACES) {
      const times = new Map<string, number>();
      const pool: MakePool = (options = {}) => {
        const plain = Object.values(options).every((value) =>
          typeof value === "number" || typeof value === "string"
        );
        if (!plain) return makePool(options);
        const same = JSON.stringify(options), n = times.get(same) ?? 0;
        times.set(same, n + 1);
        const key = `${same} ${n}`, old = kept.get(key);
        if (old !== undefined && !old.isShutdown) return old;
        const made = makePool(options);
        kept.set(key, made);
        return made;
      };
      try {
        await fn(face, pool, stage);
      } catch (cause) {
        throw new Error(`It fails on the ${face} face: ${cause}`, { cause });
      }
    }
  }, timeout);
}
