/**
 * The noise gate: how much of the processors other processes use meanwhile.
 *
 * That is what all of the machine uses, less what this process and its own children do.
 * Systems count in ticks of 10 ms, so it says nothing about windows far below half a second.
 *
 * @module
 */

import { cpus } from "node:os";
import { cpuUsage } from "node:process";

/** What was used up to a moment, in milliseconds. */
interface Usage {
  readonly at: number;
  readonly others: number;
}

/** A tick of `/proc`, in milliseconds. */
const TICK = 10;
/** While it waits for quiet it looks again after so many milliseconds, and not for longer. */
const LOOK = 300, PATIENCE = 10_000;

/** Says how noisy windows were. */
export class NoiseGate {
  /** Whether this system tells what the processors do. */
  readonly works: boolean;
  readonly #children: readonly number[];

  /** A gate of a process with these children. */
  constructor(children: readonly number[] = []) {
    this.#children = children;
    this.works = allUsed() > 0;
  }

  /** Begins a window; what that returns says how many cores others have used since. */
  begin(): () => number {
    const before = this.#usage();
    return () => {
      const { at, others } = this.#usage();
      if (!this.works || at === before.at) return 0;
      return Math.max(0, (others - before.others) / (at - before.at));
    };
  }

  /** Waits until others use less than so many cores, if that comes to pass. */
  async untilQuiet(cores: number): Promise<void> {
    const late = performance.now() + PATIENCE;
    while (performance.now() < late) {
      const others = this.begin();
      await new Promise((resolve) => setTimeout(resolve, LOOK));
      if (others() < cores) return;
    }
  }

  #usage(): Usage {
    const { user, system } = cpuUsage();
    const own = (user + system) / 1000 + usedByEnded();
    const children = this.#children.reduce((sum, id) => sum + usedBy(id), 0);
    return { at: performance.now(), others: allUsed() - own - children };
  }
}

/** What all processes have used since the machine began, and what its host took from it. */
function allUsed(): number {
  const seen = cpus().map(({ times }) =>
    times.user + times.nice + times.sys + times.irq
  );
  return seen.reduce((sum, time) => sum + time, 0) + stolen();
}

/** The time that the host of a virtual machine gave to others. */
function stolen(): number {
  return field("/proc/stat", /^cpu +(?:\d+ +){7}(\d+)/) * TICK;
}

/** Behind the name, which may contain anything: state, ten numbers, user, system, the same of children that have ended. */
const STAT = /.*\) \S(?: \S+){10} (\d+) (\d+) (\d+) (\d+)/;

function usedBy(id: number): number {
  const path = `/proc/${id}/stat`;
  return (field(path, STAT, 1) + field(path, STAT, 2)) * TICK;
}

/** What children of this process used that have ended. */
function usedByEnded(): number {
  const path = "/proc/self/stat";
  return (field(path, STAT, 3) + field(path, STAT, 4)) * TICK;
}

function field(path: string, pattern: RegExp, group = 1): number {
  try {
    return Number(pattern.exec(Deno.readTextFileSync(path))?.[group] ?? 0);
  } catch {
    // Another system, or a process that has ended.
    return 0;
  }
}
