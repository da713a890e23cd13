/**
 * A small report that looks like a measured one; the same seed makes the same.
 *
 * @module
 */

import type { Grid } from "../../bench/support/family.ts";
import type {
  CaseReport,
  FamilyReport,
  Quantiles,
  Report,
  Series,
} from "../../bench/report/report.ts";
import { Random } from "../../testing/_random.ts";

/** A family of the fixture: what each contender costs, and how that grows along the axis. */
interface Shape {
  readonly about: string;
  readonly title: string;
  readonly unit: string;
  readonly axis: string;
  /**
   * By the beginning of its ids, each group, and what its section costs everybody; the
   * first ones are the small grid.
   */
  readonly groups: Readonly<Record<string, readonly [string, number]>>;
  readonly xs: readonly (number | string)[];
  /** By contender, what the first point costs, and by how much each further one multiplies it. */
  readonly costs: Readonly<Record<string, readonly [number, number]>>;
  /** Whether acquisitions are timed. */
  readonly watched?: true;
}

const WORKERS = [1, 2, 4, 8, 16];

const SHAPES: Readonly<Record<string, Shape>> = {
  lock: {
    title: "Locks under contention",
    about:
      "Workers lock, do a section, unlock, and do something else outside. The floor is two atomic operations and no lock: it shows what the memory costs. Workers beyond the cores take turns on them.",
    unit: "ns per section",
    axis: "workers",
    groups: {
      "0/0/": ["nothing inside, nothing outside", 0],
      "2us/2us/": ["2 µs inside, 2 µs outside", 3000],
      "200ns/0/": ["200 ns inside, nothing outside", 200],
      "2us/0/": ["2 µs inside, nothing outside", 2000],
      "0/2us/": ["nothing inside, 2 µs outside", 900],
    },
    xs: WORKERS,
    costs: {
      floor: [17, 1.3],
      naive: [47, 1.35],
      multithreading: [790, 1.1],
      ours: [19, 1.12],
      "ours, RLock": [24, 1.14],
      "pthread (native)": [14, 1.6],
    },
    watched: true,
  },
  semaphore: {
    title: "Semaphores",
    about: "Workers acquire a permit, do a section and release it.",
    unit: "ns per section",
    axis: "workers",
    groups: {
      "0/1/": ["nothing inside and outside, one permit", 0],
      "2us/1/": ["2 µs inside and outside, one permit", 2000],
      "0/half/": [
        "nothing inside and outside, permits for half of the workers",
        9,
      ],
    },
    xs: WORKERS,
    costs: {
      naive: [31, 1.5],
      multithreading: [620, 1.25],
      ours: [20, 1.2],
      "sem_t (native)": [16, 1.55],
    },
    watched: true,
  },
  rwlock: {
    title: "Readers and writers",
    about: "Workers read, and write now and then.",
    unit: "ns per section",
    axis: "workers",
    groups: {
      "0/90/": ["nothing, 90 % reads", 0],
      "2us/90/": ["2 µs, 90 % reads", 2000],
    },
    xs: WORKERS,
    costs: { multithreading: [1160, 0.98], ours: [36, 0.9], naive: [31, 1] },
  },
  barrier: {
    title: "Barriers",
    about: "Parties meet, phase by phase.",
    unit: "ns per phase",
    axis: "parties",
    groups: {
      "0/": ["empty phases", 0],
      "2us/": ["2 µs of work", 2000],
      "20us/": ["20 µs of work", 20_000],
    },
    xs: [2, 4, 8, 16],
    costs: {
      multithreading: [31_500, 1.4],
      ours: [210, 6.5],
      "pthread_barrier (native)": [30_000, 1.15],
    },
  },
  operations: {
    title: "Operations that meet nobody",
    about: "One thread, no contention: what an operation costs by itself.",
    unit: "ns per operation",
    axis: "operation",
    groups: { "lock/": ["Lock", 0], "semaphore/": ["Semaphore", 4] },
    xs: ["acquire, release", "tryAcquire, release", "using", "acquireAsync"],
    costs: { floor: [17, 1], multithreading: [640, 1.1], ours: [19, 1.5] },
  },
  "async-lock": {
    title: "Tasks of one thread at a lock",
    about: "So many tasks await the lock at once.",
    unit: "ns per acquisition",
    axis: "waiters",
    groups: { "": ["", 0] },
    xs: [1, 100, 1000, 10_000],
    costs: {
      naive: [190, 14],
      "async-mutex": [160, 1.1],
      multithreading: [760, 9],
      ours: [60, 1.4],
    },
  },
  queue: {
    title: "Queues",
    about: "Items go from producers to consumers.",
    unit: "ns per item",
    axis: "parties",
    groups: {
      "int32/": ["int32", 0],
      "bytes/": ["1 KiB", 350],
    },
    xs: ["seq", "spsc", "mpsc", "mpmc"],
    costs: {
      ours: [10, 2.2],
      "ringbuf.js": [260, 1.1],
      MessagePort: [1018, 1.2],
      multithreading: [2358, 1],
    },
  },
  pool: {
    title: "Pools",
    about: "A pool runs tasks that do nothing, or 50 µs of work.",
    unit: "ns per task",
    axis: "workers",
    groups: {
      "empty/": ["empty tasks", 0],
      "50us/": ["tasks of 50 µs", 25_000],
    },
    xs: [1, 2, 4],
    costs: {
      ours: [100, 1.1],
      postMessage: [6100, 1.1],
      piscina: [44_000, 1.05],
    },
  },
  memory: {
    title: "Memory",
    about: "Shared memory of one primitive, and what a worker adds.",
    unit: "bytes",
    axis: "of",
    groups: { "": ["", 0] },
    xs: ["Lock", "Semaphore", "Channel of 1024"],
    costs: { ours: [64, 8], multithreading: [320, 5] },
  },
};

/** A report of every family; `quick` has two groups of each. */
export function makeReport(seed = 1, grid: Grid = "quick"): Report {
  const chance = new Random(seed);
  const settings = grid === "quick"
    ? { grid, passes: 3, turns: 4, milliseconds: 5, window: 20, quiet: 0.15 }
    : { grid, passes: 5, turns: 9, milliseconds: 20, window: 100, quiet: 0.1 };
  return {
    format: 1,
    date: "2001-02-03T04:05:06Z",
    commit: "0123456789abcdef-dirty",
    machine: {
      cpu: "A processor, 2.6 GHz",
      cores: 2,
      memory: 8 * 2 ** 30,
      os: "linux",
      arch: "x86_64",
    },
    versions: { deno: "2.0.0", v8: "12.0", multithreading: "0.1.0" },
    settings,
    gate: { works: true, visits: 300, repeated: 7, noisy: 1, others: 0.03 },
    families: Object.entries(SHAPES).map(([name, shape]): FamilyReport => {
      const { title, about, unit, axis } = shape;
      const groups = Object.entries(shape.groups)
        .slice(0, grid === "quick" ? 2 : undefined);
      const cases = groups.flatMap(([prefix, [group, section]]) =>
        shape.xs.map((x, step): CaseReport => ({
          id: `${prefix}${x}`,
          group,
          x,
          series: Object.fromEntries(
            Object.entries(shape.costs).map(([contender, [cost, growth]]) => [
              contender,
              series(
                chance,
                section + cost * growth ** step,
                settings,
                shape.watched && typeof x === "number" ? x : 0,
              ),
            ]),
          ),
        }))
      );
      return { name, title, about, unit, axis, cases };
    }),
  };
}

/** Turns around `value`, with the noise of a pass and that of a turn. */
function series(
  chance: Random,
  value: number,
  { passes, turns }: { readonly passes: number; readonly turns: number },
  workers: number,
): Series {
  const near = (value: number, spread: number) =>
    value * (1 + spread * (chance.fraction() - 0.5));
  const samples = Array.from({ length: passes }, () => {
    const pass = near(value, 0.08);
    return Array.from({ length: turns }, () => near(pass, 0.1));
  });
  if (workers === 0) return { samples };
  const latency = samples.map((): Quantiles => {
    const p50 = near(value, 0.2), p99 = near(p50 * 4 * workers, 0.6);
    const p999 = p99 * 3, max = near(p999 * 40, 1);
    return { p50, p99, p999, max, count: 20_000 };
  });
  const shares = samples.map(() =>
    Array.from({ length: workers }, () => Math.round(near(1000, 0.5)))
  );
  return { samples, latency, shares };
}
