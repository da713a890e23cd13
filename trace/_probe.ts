/**
 * What a view of a lock that records does besides: it says when it waits and holds.
 *
 * @module
 */

import type { Recovered } from "../primitives/_lockable.ts";
import type { AsyncWaitOptions, WaitOptions } from "../primitives/_park.ts";
import {
  END,
  HOLD,
  RELEASE,
  RESUME,
  type Ring,
  SUSPEND,
  WAIT,
} from "./_ring.ts";

/** How to wait, on either face. */
export type Wait =
  & (number | WaitOptions)
  & (number | (AsyncWaitOptions & { permits?: number }));

/** What is overridden of a view. */
export interface View {
  /** The class of the object. */
  readonly kind: string;
  /** How often this thread has it, if it may have it more than once. */
  readonly holdCount?: number;
  acquire(wait?: Wait): boolean;
  acquireAsync?(wait?: Wait): Promise<boolean>;
  tryAcquire(permits?: number): boolean;
  release(permits?: number): void;
  recover?(wait?: Wait): Recovered;
  recoverAsync?(wait?: Wait): Promise<Recovered>;
}

/** What is overridden of a condition. */
export interface Waiting {
  wait(wait?: Wait): boolean;
  waitAsync(wait?: Wait): Promise<boolean>;
}

/** Records what one thread does with one lock. */
export class Probe {
  readonly #ring: Ring;
  readonly #lock: number;

  /** For the lock of this index. */
  constructor(ring: Ring, lock: number) {
    this.#ring = ring;
    this.#lock = lock << 8;
  }

  /** It got so many permits, without waiting. */
  held(permits: number): void {
    this.#ring.write(this.#lock | HOLD, permits, performance.now());
  }

  /** It gave so many back, at that time. */
  released(permits: number, time: number): void {
    this.#ring.write(this.#lock | RELEASE, permits, time);
  }

  /** It begins to wait, perhaps for what is free; returns the number of that. */
  wait(isFree: boolean): number {
    return this.#begin(WAIT, isFree ? 0 : 1);
  }

  /** It begins to wait for a notification; returns the number of that. */
  suspend(): number {
    return this.#begin(SUSPEND, 0);
  }

  /** That wait ended, with so many permits more. */
  end(number: number, permits: number): void {
    const time = performance.now();
    this.#ring.write(this.#lock | END, number, time);
    if (permits > 0) this.#ring.write(this.#lock | HOLD, permits, time);
  }

  /** That wait for a notification ended; does it have the lock for sure? */
  resume(number: number, returned: boolean): void {
    const code = returned ? RESUME : END;
    this.#ring.write(this.#lock | code, number, performance.now());
  }

  #begin(code: number, value: number): number {
    return this.#ring.write(this.#lock | code, value, performance.now());
  }
}

/**
 * The methods by which something is acquired and released, for a view; `twin`, another
 * view of the same, does it. If a newcomer may get in before those who wait (`barges`),
 * that is tried first, as `acquire` does: what did not wait costs one look at the clock.
 * Else it is seen whether it `isFree`.
 */
export function acquiring(
  view: View,
  twin: View,
  probe: Probe,
  barges: boolean,
  isFree: (demand: number) => boolean,
): Partial<View> {
  const { recover, recoverAsync } = view;
  const nested = view.kind === "RLock"
    ? () => twin.holdCount! > 1
    : () => false;
  const recovered = (held: Recovered) => {
    if (held.wasAbandoned) probe.held(1);
    return held;
  };
  return {
    acquire(wait) {
      const attempts = barges && wait === undefined;
      if (attempts && twin.tryAcquire()) {
        if (!nested()) probe.held(1);
        return true;
      }
      const demand = demandOf(wait);
      const number = probe.wait(!attempts && isFree(demand));
      let got = false;
      try {
        got = twin.acquire(wait);
      } finally {
        probe.end(number, got && !nested() ? demand : 0);
      }
      return got;
    },
    tryAcquire(permits) {
      const got = twin.tryAcquire(permits);
      if (got && !nested()) probe.held(permits ?? 1);
      return got;
    },
    release(permits) {
      const last = !nested(), time = performance.now();
      twin.release(permits);
      if (last) probe.released(permits ?? 1, time);
    },
    ...twin.acquireAsync && {
      async acquireAsync(wait) {
        const demand = demandOf(wait), number = probe.wait(isFree(demand));
        let got = false;
        try {
          got = await twin.acquireAsync!(wait);
        } finally {
          probe.end(number, got ? demand : 0);
        }
        return got;
      },
    },
    ...recover && {
      recover: (wait) => recovered(recover.call(view, wait)),
    },
    ...recoverAsync && {
      recoverAsync: async (wait) =>
        recovered(await recoverAsync.call(view, wait)),
    },
  };
}

/** The methods by which a condition waits, for the probe of its lock. */
export function waiting(view: Waiting, probe: Probe): Partial<Waiting> {
  const { wait, waitAsync } = view;
  return {
    wait(options) {
      const number = probe.suspend();
      let returned = false;
      try {
        const result = wait.call(view, options);
        returned = true;
        return result;
      } finally {
        probe.resume(number, returned);
      }
    },
    async waitAsync(options) {
      const number = probe.suspend();
      let returned = false;
      try {
        const result = await waitAsync.call(view, options);
        returned = true;
        return result;
      } finally {
        probe.resume(number, returned);
      }
    },
  };
}

/** How much an acquire with these options takes. */
function demandOf(wait: Wait | undefined): number {
  return (wait as { permits?: number } | undefined)?.permits ?? 1;
}
