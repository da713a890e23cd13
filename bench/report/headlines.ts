/**
 * What the README shows of a report: tables, with what each of their cells is.
 *
 * @module
 */

import { WORKERS } from "../families/_sections.ts";
import type { Goal } from "./goals.ts";

/** What a cell is: a ratio as in a goal, or the value of ours if it is compared with nobody. */
export interface Cell extends Pick<Goal, "family" | "ours" | "of"> {
  /** The id of a case. */
  readonly id: string;
  readonly than?: string;
  /** Whether the ratio is turned round: how many times as long ours takes. */
  readonly price?: true;
}

/** One line: a cell, or none, for each column. */
export interface Row {
  readonly name: string;
  readonly cells: readonly (Cell | undefined)[];
}

/** One table. */
export interface Table {
  /** What its lines have in common, then the names of its columns. */
  readonly head: readonly string[];
  readonly rows: readonly Row[];
}

const PEER = "multithreading";

type Rest = Pick<Cell, "ours" | "of" | "price">;

/** A line with a cell for each number of workers. */
function byWorkers(
  name: string,
  family: string,
  prefix: string,
  than: string,
  rest: Rest = {},
): Row {
  const cells = WORKERS.map((count) => ({
    ...{ family, id: `${prefix}/${count}`, than, ...rest },
  }));
  return { name, cells };
}

/** A line with the value of ours, and a cell for each other one. */
function byOthers(
  name: string,
  family: string,
  id: string,
  others: readonly string[],
  ours = "ours",
): Row {
  const cells = others.map((than) => ({ family, id, ours, than }));
  return { name, cells: [{ family, id, ours }, ...cells] };
}

const TURNS = ["naive", PEER, "pthread (native)"];
const STREAMS = ["MessagePort", "ringbuf.js", PEER];
const POOLS = ["postMessage", "piscina", "tinypool", "workerpool"];
const TASKS = ["naive", PEER, "async-mutex", "navigator.locks"];

/** All tables, in order. */
export const headlines: readonly Table[] = [
  {
    head: ["by number of workers", ...WORKERS.map(String)],
    rows: [
      byWorkers(
        "`Lock`, empty section: times as long as two raw `Atomics` operations",
        "lock",
        "0/0",
        "floor",
        { price: true },
      ),
      byWorkers("times as fast as the naive twin", "lock", "0/0", "naive"),
      byWorkers("times as fast as `multithreading`", "lock", "0/0", PEER),
      byWorkers(
        "times as fast as pthread, native",
        "lock",
        "0/0",
        "pthread (native)",
      ),
      byWorkers(
        "99th percentile of latency: times as short as the naive twin's",
        "lock",
        "0/0",
        "naive",
        { of: "p99" },
      ),
      byWorkers("price of `fair`: times as long", "lock", "0/0", "ours", {
        ours: "ours, fair",
        price: true,
      }),
      byWorkers("`RLock`: times as long as a `Lock`", "lock", "0/0", "ours", {
        ours: "ours, RLock",
        price: true,
      }),
      byWorkers(
        "`Lock`, 2 µs inside and outside: times as fast as the naive twin",
        "lock",
        "2us/2us",
        "naive",
      ),
      byWorkers("times as fast as `multithreading`", "lock", "2us/2us", PEER),
      byWorkers(
        "times as fast as pthread, native",
        "lock",
        "2us/2us",
        "pthread (native)",
      ),
      byWorkers(
        "`Semaphore` of 1, empty section: times as fast as `multithreading`",
        "semaphore",
        "0/1",
        PEER,
      ),
      byWorkers(
        "the same, 2 µs inside and outside",
        "semaphore",
        "2us/1",
        PEER,
      ),
      byWorkers(
        "`RWLock`, 90 % reads, empty section: times as fast as `multithreading`",
        "rwlock",
        "0/90",
        PEER,
      ),
      byWorkers("the same, 2 µs inside and outside", "rwlock", "2us/90", PEER),
      byWorkers(
        "`Barrier`, empty phases: times as fast as one that always sleeps",
        "barrier",
        "0",
        "naive",
      ),
      byWorkers("times as fast as `multithreading`", "barrier", "0", PEER),
    ],
  },
  {
    head: ["two workers in turns", "a turn takes", ...TURNS],
    rows: [
      byOthers("`Condition`", "wakeup", "condition/0", TURNS),
      byOthers("`Condition`, 5 µs of work", "wakeup", "condition/5us", TURNS),
      byOthers("`Event`", "wakeup", "event/0", TURNS),
      byOthers("`Event`, 5 µs of work", "wakeup", "event/5us", TURNS),
    ],
  },
  {
    head: ["`SpscQueue`, from worker to worker", "an item takes", ...STREAMS],
    rows: [
      byOthers("int32, 256 at a time", "streams", "int32", STREAMS),
      byOthers("int32, one by one", "streams", "int32 one by one", STREAMS),
      byOthers("records of 1 KiB", "streams", "records", STREAMS),
    ],
  },
  {
    head: ["a pool of two threads", "a task takes", ...POOLS],
    rows: [
      byOthers("empty tasks by `submit`", "pool", "empty", POOLS),
      byOthers("empty tasks by `map`", "pool", "empty", POOLS, "ours, map"),
      byOthers("tasks of 50 µs", "pool", "50us", POOLS),
    ],
  },
  {
    head: ["`acquireAsync` in one thread", "an acquisition takes", ...TASKS],
    rows: ["1", "100", "1000", "10000"].map((waiters) =>
      byOthers(`${waiters} waiting tasks`, "async-lock", waiters, TASKS)
    ),
  },
];
