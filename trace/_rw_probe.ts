/**
 * What the sides of an RWLock record when a hold of one becomes a hold of another.
 *
 * @module
 */

import type { Held } from "../primitives/_lockable.ts";
import type { Probe, Wait } from "./_probe.ts";

/** What is overridden of the upgradable side. */
export interface Upgrading {
  release(): void;
  tryUpgrade(): boolean;
  upgrade(wait?: Wait): Held;
  upgradeAsync(wait?: Wait): Promise<Held>;
}

/** What is overridden of the write side that becomes the read side. */
export interface Downgrading {
  downgrade(): Held;
}

/** The methods by which an upgradable hold gets the write hold besides, for the probes of both. */
export function upgrading(
  view: Upgrading,
  probe: Probe,
  write: Probe,
  isFree: () => boolean,
): Partial<Upgrading> {
  const { release, tryUpgrade, upgrade, upgradeAsync } = view;
  return {
    // Not by a twin: if it is upgraded, the write side is released, which records that.
    release() {
      const time = performance.now();
      release.call(view);
      probe.released(1, time);
    },
    tryUpgrade() {
      const got = tryUpgrade.call(view);
      if (got) write.held(1);
      return got;
    },
    upgrade(wait) {
      const number = write.wait(isFree());
      let held: Held | undefined;
      try {
        return held = upgrade.call(view, wait);
      } finally {
        write.end(number, held === undefined ? 0 : 1);
      }
    },
    async upgradeAsync(wait) {
      const number = write.wait(isFree());
      let held: Held | undefined;
      try {
        return held = await upgradeAsync.call(view, wait);
      } finally {
        write.end(number, held === undefined ? 0 : 1);
      }
    },
  };
}

/** The method by which a write hold becomes a read hold, for the probes of both sides. */
export function downgrading(
  view: Downgrading,
  write: Probe,
  read: Probe,
): Downgrading {
  const { downgrade } = view;
  return {
    downgrade() {
      const time = performance.now(), held = downgrade.call(view);
      write.released(1, time);
      read.held(1);
      return held;
    },
  };
}
