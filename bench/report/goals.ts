/**
 * What the project wants to show, as ratios within one report.
 *
 * @module
 */

import { WORKERS } from "../families/_sections.ts";
import type { CaseReport, Report, Series } from "./report.ts";
import { type Estimate, inverse, ratio } from "./statistics.ts";

/** How one contender should compare with another, in some cases. */
export interface Goal {
  /** What it is about, for a reader. */
  readonly name: string;
  readonly family: string;
  /** Ids of cases. */
  readonly cases: readonly string[];
  /** With whom ours is compared. */
  readonly than: string;
  /** Who is compared: `ours` if left out. */
  readonly ours?: string;
  /** What is compared: values if left out. */
  readonly of?: "p99";
  /** How many times as long the other takes, at least. */
  readonly least?: number;
  /** How many times as long ours takes, at most. */
  readonly most?: number;
  /** What is promised: what `deno task ratios` demands of any machine, on any day. */
  readonly promised: number;
}

/** What a report says of a goal in one case. */
export interface Verdict {
  readonly goal: Goal;
  /** The id of the case. */
  readonly id: string;
  /** Theirs by ours, or ours by theirs if the goal is a most; missing if not measured. */
  readonly ratio?: Estimate;
  /** Whether the ratio is as good as wanted; missing if not measured. */
  readonly holds?: boolean;
  /** Whether the interval has the limit in it: another run may say something else. */
  readonly withinNoise?: boolean;
}

const several = WORKERS.filter((workers) => workers > 1);
const many = (prefix: string, counts: readonly number[] = several) =>
  counts.map((count) => `${prefix}/${count}`);

/** The goals on a machine with so many cores. */
export function goalsFor(cores: number): readonly Goal[] {
  const peer = "multithreading";
  const fitting = several.filter((parties) => parties <= cores);
  const beyond = several.filter((parties) => parties > cores);
  const goals: readonly Goal[] = [
    goal("Lock, uncontended", "lock", ["0/0/1"], "floor", {
      most: 1.1,
      promised: 1.15,
    }),
    goal("Lock, uncontended", "lock", ["0/0/1"], peer, {
      least: 30,
      promised: 25,
    }),
    goal("Lock, empty section", "lock", many("0/0"), peer, { least: 25 }),
    goal("Lock, 2 µs", "lock", many("2us/2us"), peer, {
      least: 2.3,
      promised: 1.8,
    }),
    goal("Lock, 99th percentile of latency", "lock", ["0/0/2"], "naive", {
      of: "p99",
      least: 20,
      promised: 5,
    }),
    goal("Semaphore, empty section", "semaphore", many("0/1", WORKERS), peer, {
      least: 25,
      promised: 15,
    }),
    goal("Semaphore, 2 µs", "semaphore", many("2us/1"), peer, {
      least: 2,
      promised: 1.5,
    }),
    goal("Barrier, a core for each", "barrier", many("0", fitting), peer, {
      least: 100,
      promised: 50,
    }),
    goal("Barrier, fewer cores", "barrier", many("0", beyond), peer, {
      least: 1,
      promised: 0.5,
    }),
    goal("Condition, in turns", "wakeup", ["condition/0"], peer, {
      least: 60,
      promised: 20,
    }),
    goal("Event, in turns", "wakeup", ["event/0"], peer, { least: 60 }),
    goal("RWLock, 90 % reads", "rwlock", many("0/90", WORKERS), peer, {
      least: 20,
      promised: 15,
    }),
    goal("RWLock, 90 % reads, 2 µs", "rwlock", many("2us/90"), peer, {
      least: 1.4,
      promised: 1.2,
    }),
    goal("SpscQueue of int32", "streams", ["int32"], "ringbuf.js", {
      least: 20,
      promised: 10,
    }),
    goal("SpscQueue of int32", "streams", ["int32"], "MessagePort", {
      least: 70,
    }),
    goal("Queue of objects, 2 to 2", "queue", ["mpmc/objects/2"], peer, {
      least: 5,
    }),
    goal("acquireAsync, 1000 waiters", "async-lock", ["1000"], peer, {
      least: 100,
      promised: 50,
    }),
    goal("Pool, empty tasks by map", "pool", ["empty"], "piscina", {
      ours: "ours, map",
      least: 300,
      promised: 100,
    }),
    goal("Pool, tasks of 50 µs", "pool", ["50us"], "piscina", {
      least: 2.5,
      promised: 2,
    }),
  ];
  return goals.filter(({ cases }) => cases.length > 0);
}

/** Judges a report by the goals for its machine: each case of each goal, in order. */
export function judge(report: Report): Verdict[] {
  return goalsFor(report.machine.cores).flatMap((goal) =>
    goal.cases.map((id): Verdict => {
      const item = caseOf(report, goal.family, id);
      const seen = item && ratioOf(goal, item);
      return { goal, id, ...seen && verdictOf(goal, seen) };
    })
  );
}

/** A case of a report, if it was measured. */
export function caseOf(
  report: Report,
  family: string,
  id: string,
): CaseReport | undefined {
  return report.families.find(({ name }) => name === family)
    ?.cases.find((item) => item.id === id);
}

/** Theirs by ours, if both were measured. */
export function ratioOf(
  { than, ours = "ours", of }: Pick<Goal, "than" | "ours" | "of">,
  item: CaseReport,
): Estimate | undefined {
  const [theirs, own] = [than, ours].map((name) => {
    const series = item.series[name];
    return of === undefined ? series : series && latencies(series);
  });
  return theirs && own && ratio(theirs, own);
}

/** One number of each pass. */
function latencies({ latency }: Series): Series | undefined {
  return latency && { samples: latency.map(({ p99 }) => [p99]) };
}

function verdictOf(
  { least = 0, most = Infinity }: Goal,
  seen: Estimate,
): Pick<Verdict, "ratio" | "holds" | "withinNoise"> {
  const { value, low, high } = most === Infinity ? seen : inverse(seen);
  const inside = (limit: number) => low <= limit && limit <= high;
  return {
    ratio: { value, low, high },
    holds: least <= value && value <= most,
    withinNoise: inside(least) || inside(most),
  };
}

/** A goal that is promised too, unless less is. */
function goal(
  name: string,
  family: string,
  cases: readonly string[],
  than: string,
  limits: Pick<Goal, "ours" | "of" | "least" | "most"> & { promised?: number },
): Goal {
  const promised = limits.promised ?? limits.least ?? limits.most!;
  return { name, family, cases, than, ...limits, promised };
}
