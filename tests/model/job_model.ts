/**
 * Models of a pool's jobs: scripts for threads, and what must be so at the end.
 *
 * @module
 */

import { layoutCells } from "../../primitives/_cells.ts";
import { STATE } from "../../primitives/_lock_state.ts";
import { createStore } from "../../primitives/_store.ts";
import { ABANDONED } from "../../primitives/_thread_id.ts";
import type { Ended } from "../../testing/mod.ts";
import { afterCrew, fillCrew } from "../../workers/_crew_state.ts";
import {
  isOver,
  type JobState,
  PENDING,
  runnerOf,
  VALUE,
} from "../../workers/_job_state.ts";
import { JOB_LINKS } from "../../workers/_job_layout.ts";
import {
  argsOf,
  BEGUN,
  FREED,
  JOBS,
  KEPT,
  NOTHING,
  open,
  ORDER,
  outcomeOf,
  PLACES,
  RAN,
  readNumber,
  readOutcome,
  type State,
} from "./bodies/job_bodies.ts";
import { check } from "./bodies/tasks.ts";
import {
  FIRST_ID,
  isDead,
  type ModelTest,
  modelTest,
  words,
} from "./support.ts";

/** The words of a pool; see `_cells.ts`, `_items.ts` and `_job_state.ts`. */
const CELL = 7, FIRST = 16, LAST = 17, FREE = 18, FRESH = 19;
const CURSOR = 20, WAITING = 21, BROKEN = 22, STALE = 23, TAIL = 32, HEAD = 48;
const COUNT = (1 << 30) - 1;
const NAMES = ["first", "second", "third"] as const;

/** Jobs, and how threads with them are explored. */
export interface JobTest extends Partial<Omit<ModelTest<State>, "setup">> {
  /** How many cells there are; 6 if left out. */
  readonly cells?: number;
  /** How many entries the ring may have; 4 if left out. */
  readonly entries?: number;
  /** The number of the first entry; 0 if left out. */
  readonly head?: number;
  /** What was submitted before the threads begin, by none of them. */
  readonly has?: readonly number[];
  /** Whether it is shut down before the threads begin. */
  readonly shut?: boolean;
  /** More that must be so at the end: `order` is how jobs were begun. */
  readonly also?: (
    state: State,
    order: readonly number[],
    ended: Ended,
  ) => boolean | void;
}

/** Registers a model of threads that follow scripts. */
export function jobTest(
  name: string,
  scripts: readonly (readonly string[])[],
  { cells = 6, entries = 4, head = 0, ...how }: JobTest = {},
): void {
  const { has = [], shut = false, also, ...model } = how;
  modelTest<State>(`jobs: ${name}`, {
    module: new URL("./bodies/job_bodies.ts", import.meta.url),
    threads: NAMES.slice(0, scripts.length),
    setup: () => {
      const state = {
        words: createPool(cells),
        entries,
        shut,
        scripts,
        marks: words(PLACES + JOBS),
      };
      state.words[HEAD] = state.words[TAIL] = head;
      const jobs = open(state);
      for (const n of has) {
        state.marks[BEGUN]! |= 1 << n;
        const place = state.marks[PLACES + n] = jobs.submit(argsOf(n), 0);
        // Handed to the threads, one of which reads it.
        jobs.pin(place);
      }
      if (shut) jobs.shutDown(false);
      return state;
    },
    final(state, ended) {
      settle(state, ended);
      const order = [...state.marks.subarray(ORDER, PLACES)];
      return also?.(state, order.filter((n) => n !== 0), ended) ?? true;
    },
    timeouts: "explore",
    slots: 2,
    ...model,
  });
}

/** No more entries are in the ring than there may be. */
export function hasRoom({ words: all, entries }: State): boolean {
  return (all[TAIL]! - all[HEAD]! & COUNT) <= entries;
}

/** The record of a pool, with all of its cells. */
function createPool(cells: number): Int32Array<SharedArrayBuffer> {
  const { cell } = layoutCells(JOB_LINKS, undefined, 1, 1);
  const { buffer } = createStore(
    { kind: "ThreadPoolExecutor", after: afterCrew(1), links: JOB_LINKS },
    { capacity: cells * cell * 4 },
    Infinity,
    (words) => fillCrew(words, 1),
  );
  return new Int32Array(buffer);
}

/** Does what is left to do, as the maker and others would, and sees that nothing was lost, doubled or torn, and that all memory can be used. */
function settle(state: State, ended: Ended): void {
  const { words: all, marks } = state, jobs = open(state);
  const died = ended.dead.length > 0;
  // What is buried may come back when all have given up.
  const left = marks[NOTHING]! > 0 && jobs.ring.size > 0 &&
    !does(state, /bury/);
  check(!left || !does(state, /patient take/), "a take could have gone on");
  mend(state, jobs, ended);
  const ends = does(state, /drop|break/), shuts = does(state, /shut/) || ends;
  check(!ends || died || jobs.ring.size === 0, "what is ended is to be taken");
  check(shuts || state.shut || !jobs.ring.isShut, "it is shut");
  const pending = listed(jobs), taken = takeAll(state, jobs);
  if (died) { for (const places of [pending, taken]) places.sort(); }
  check(`${taken}` === `${pending}`, `${pending} pend, ${taken} were taken`);
  check(
    jobs.ring.size === 0 && all[CURSOR] === 0 && all[WAITING] === 0,
    "something is to be taken still",
  );
  check(died || all[STALE] === 0, `${all[STALE]} are stale`);
  const kept = freeAll(state, jobs, ended);
  // Who dies with an entry in hand leaves its job, and who breaks the pool the reason.
  check(kept <= ended.dead.length, `${kept} cannot be freed`);
  if (kept === 0) whole(jobs);
}

/** Whether a thread, or any of them, has such a step. */
function does({ scripts }: State, step: RegExp, thread?: number): boolean {
  const script = thread === undefined ? scripts.flat() : scripts[thread]!;
  return script.some((text) => step.test(text));
}

/** Whoever comes next repairs what a dead thread left, and the maker buries it. */
function mend(state: State, jobs: JobState, ended: Ended): void {
  const all = state.words, held = all[STATE]!;
  check(held === 0 || isDead(held, ended), "the section is left held");
  if (held !== 0) all[STATE] = ABANDONED;
  jobs.section.run(() => {});
  for (const thread of ended.dead) {
    // Of one that takes nothing all is mended.
    if (does(state, /take|serve|own/, thread)) jobs.bury(FIRST_ID + thread);
  }
}

/** Reads and frees all; how many cannot be freed. */
function freeAll(state: State, jobs: JobState, { dead }: Ended): number {
  const { marks, words: all } = state, { items } = jobs;
  const known = new Set<number>();
  for (let n = 0; n < JOBS; n++) {
    const place = marks[PLACES + n]!, mine = new RegExp(`submit ${n}$`);
    if (place === 0 || (marks[FREED]! & 1 << n) !== 0) continue;
    // What a dead thread has submitted may be freed, and another job be there.
    if (dead.some((thread) => does(state, mine, thread))) continue;
    readOutcome(marks, jobs, n);
    known.add(place);
  }
  let kept = 0;
  for (let job = items.head; job !== 0;) {
    const next = items.next(job);
    if (isOver(jobs.stateOf(job))) {
      check(dead.length > 0 || known.has(job), "a job that nobody knows");
      kept += jobs.free([job]).length;
    } else if (job !== all[BROKEN]) kept++;
    job = next;
  }
  return kept;
}

/** The places of the jobs that are pending, in order; none is run. */
function listed(jobs: JobState): number[] {
  const { items } = jobs, pending: number[] = [];
  for (let job = items.head; job !== 0; job = items.next(job)) {
    const state = jobs.stateOf(job);
    check(runnerOf(state) === 0, "a job runs, and its thread has ended");
    if (state === PENDING) pending.push(job);
  }
  return pending;
}

/** Takes and ends all jobs; their places in the order in which they came. */
function takeAll({ marks }: State, jobs: JobState): number[] {
  const places: number[] = [];
  for (let job = jobs.take(); job > 0; job = jobs.take()) {
    places.push(job);
    const n = readNumber(jobs, job), bit = 1 << n;
    check((marks[BEGUN]! & bit) !== 0, `nobody submitted ${n}`);
    check(((marks[RAN]! | marks[KEPT]!) & bit) === 0, `${n} is there again`);
    marks[RAN]! |= bit;
    jobs.finish(job, outcomeOf(n), VALUE);
  }
  return places;
}

/** All cells are free and clean, but those of the reason why it broke, if it did. */
function whole({ items, words: all }: JobState): void {
  const { view } = items, cell = all[CELL]!, used = new Set<number>();
  const use = (place: number) => {
    check(items.isCell(place) && !used.has(place), "a cell is damaged");
    used.add(place);
  };
  const reason = Math.max(0, all[BROKEN]!);
  check(all[FIRST] === reason && all[LAST] === reason, "the list is not empty");
  for (let part = reason; part !== 0; part = view[part]!) use(part);
  for (let free = all[FREE]!; free !== 0; free = view[free]!) {
    use(free);
    check(view.subarray(free + 1, free + cell).every((x) => x === 0), "dirt");
  }
  check(used.size === all[FRESH]! / cell - 1, "a cell is lost");
}
