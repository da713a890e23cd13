/**
 * A lock that tasks of one thread await.
 *
 * @module
 */

import type { Case, Family, Grid, Round, Session } from "../support/family.ts";
import { contenders } from "./_async_lock_contenders.ts";
import { answerOf, endWorkers, inTime } from "../support/patience.ts";
import type { Message, Start } from "./_async_lock_worker.ts";

const WAITERS: Record<Grid, readonly number[]> = {
  full: [1, 10, 100, 1000, 10_000],
  quick: [1, 1000],
};

function caseOf(waiters: number): Case {
  return {
    id: String(waiters),
    group: "tasks of one thread",
    x: waiters,
    contenders: Object.keys(contenders),
    // Where many wait, a release takes some contenders milliseconds.
    times: Math.min(1000, 200_000 / waiters),
    longer: 2,
    warmUp: 3,
  };
}

/** Starts the thread of one contender, with its waiters. */
function realm(start: Start): Worker {
  const worker = new Worker(
    new URL("./_async_lock_worker.ts", import.meta.url),
    { type: "module" },
  );
  worker.postMessage(start satisfies Message);
  return worker;
}

class Realms implements Session {
  readonly cases: readonly Case[];
  readonly #realms = new Map<string, Worker>();
  #current: Case | undefined;

  constructor(grid: Grid) {
    this.cases = WAITERS[grid].map(caseOf);
  }

  async round(item: Case, contender: string, times: number): Promise<Round> {
    // Threads of one case at a time: there are as many as it has contenders.
    if (item !== this.#current) await this.close();
    this.#current = item;
    const waiters = contender === "floor" ? 0 : Number(item.x);
    const worker = this.#realms.get(contender) ?? realm({ contender, waiters });
    this.#realms.set(contender, worker);
    const answer = answerOf<number>(worker);
    worker.postMessage(times satisfies Message);
    try {
      const elapsed = await inTime(contender, answer);
      return { elapsed, value: elapsed * 1e6 / times };
    } catch (error) {
      // It would not say that it ends.
      this.#realms.delete(contender);
      worker.terminate();
      throw error;
    }
  }

  async close(): Promise<void> {
    const workers = [...this.#realms.values()];
    this.#realms.clear();
    await endWorkers(workers);
  }
}

/** Tasks that await a lock, by how many wait. */
export const asyncLock: Family = {
  name: "async-lock",
  title: "Lock, awaited",
  about:
    "A task acquires the lock, awaits once inside, releases it and ends; meanwhile a new " +
    "one comes, so that as many wait all the time. All tasks are in one thread. The floor " +
    "is the same without a lock. Naive is a lock of three states with a waitAsync for each " +
    "waiter. async-mutex and navigator.locks do not block threads: they cannot be held by " +
    "code that does not await.",
  unit: "ns per acquisition",
  axis: "waiting tasks",
  open: (grid) => new Realms(grid),
};
