/**
 * What a trace says in numbers.
 *
 * @module
 */

import type { Snapshot, Span } from "./_spans.ts";

/** How a lock was used, by all threads or by one. */
export interface Usage {
  /** How often it was acquired. A condition wait that ends counts as one, too. */
  readonly acquisitions: number;
  /** How often somebody waited for it, also in vain. */
  readonly contended: number;
  /** How long they waited, in milliseconds. */
  readonly totalWait: number;
  /** The longest wait, in milliseconds. */
  readonly longestWait: number;
  /** How long it was held, in milliseconds. */
  readonly totalHold: number;
  /** The longest hold, in milliseconds. */
  readonly longestHold: number;
}

/** How one thread used a lock. */
export interface ThreadUsage extends Usage {
  /** The id of the thread. */
  readonly thread: number;
  /** The name of the thread. */
  readonly threadName: string;
}

/** How a lock was used. */
export interface LockSummary extends Usage {
  /** The name of the lock. */
  readonly lock: string;
  /** The same for each thread that used it. */
  readonly threads: readonly ThreadUsage[];
}

/** How each lock was used, in the order in which they first were. */
export function summarise({ spans, threads }: Snapshot): LockSummary[] {
  const byLock = Map.groupBy(spans, ({ lock }) => lock);
  return [...byLock].map(([lock, all]) => ({
    lock,
    ...usageOf(all),
    threads: threads.flatMap(({ thread, name: threadName }) => {
      const own = all.filter((span) => span.thread === thread);
      return own.length === 0 ? [] : [{ thread, threadName, ...usageOf(own) }];
    }),
  }));
}

/** What some spans add up to. */
export function usageOf(spans: readonly Span[]): Usage {
  const of = (kind: string) => {
    const times = spans.filter(({ what }) => what === kind)
      .map(({ begin, end }) => end - begin);
    const total = times.reduce((sum, time) => sum + time, 0);
    const longest = times.reduce((most, time) => Math.max(most, time), 0);
    return { count: times.length, total, longest };
  };
  const wait = of("wait"), hold = of("hold");
  return {
    acquisitions: hold.count,
    contended: wait.count,
    totalWait: wait.total,
    longestWait: wait.longest,
    totalHold: hold.total,
    longestHold: hold.longest,
  };
}
