/**
 * Choices: which of the options of an execution is taken.
 *
 * Each choice is a node on the board: its options, those that were tried, and the one
 * taken, for the depth-first search that comes back to it.
 *
 * *Invariants*
 * - I1: what is chosen depends on the choices before, on the plan and on the number of the
 *   execution, and on nothing else.
 * - I2: a choice that moves the clock depends on every other one, and so does a pause.
 *
 * *Source* · sleep sets: Godefroid, "Partial-Order Methods" (1996). PCT: Burckhardt
 * et al. (ASPLOS 2010).
 *
 * @module
 */

import {
  ASLEEP_SET,
  type Board,
  CHANGE_POINTS,
  CHOSEN,
  COMPARED,
  CURRENT,
  DELIVER,
  DFS,
  DIE,
  DIFFERENT,
  EXPLORE,
  FLAGS,
  FOLLOW,
  FOLLOWED,
  LATE,
  LENIENT,
  LOAD,
  LOWEST,
  MODE,
  MOST_CHANGES,
  NOTIFY,
  OP,
  OPTIONS,
  PAUSE,
  PCT,
  PLACE,
  PREFIX,
  PRIORITY,
  RANDOM,
  REDUNDANT,
  RESUME,
  SIGNATURE,
  SIZE,
  SLEEP,
  SLEEP_SETS,
  SLEEPING,
  START,
  STATUS,
  STEPS,
  TIMER,
  TRIED,
  WAIT,
  WAIT_ASYNC,
  WAKE,
  WANTED,
  ZOMBIE,
} from "./_board.ts";
import { nextRandom } from "./_random.ts";

const THREAD_BITS = 0xff, TIMERS = 0xff << TIMER;

/** Whether two pending operations give another result in the other order. */
function dependent(words: Int32Array, a: number, b: number): boolean {
  const x = words[a + OP]!, y = words[b + OP]!;
  if (x === PAUSE || y === PAUSE) return true;
  // What is delivered may be another thing once a notify has come.
  if (x === NOTIFY && y === DELIVER || x === DELIVER && y === NOTIFY) {
    return true;
  }
  if (x === START || x >= RESUME || y === START || y >= RESUME) return false;
  const apart = words[a + PLACE]! + words[a + SIZE]! <= words[b + PLACE]! ||
    words[b + PLACE]! + words[b + SIZE]! <= words[a + PLACE]!;
  if (apart) return false;
  const queued = (op: number) => op >= WAIT && op <= NOTIFY;
  if (queued(x) && queued(y)) return true;
  if (x === NOTIFY || y === NOTIFY) return false;
  const reads = (op: number) => op === LOAD || op === WAIT || op === WAIT_ASYNC;
  return !(reads(x) && reads(y));
}

/** The choices on a board. */
export class Choices {
  readonly #board: Board;

  constructor(board: Board) {
    this.#board = board;
  }

  /** Chooses one of the options; minus a reason if there is none to take. `goesOn` is the thread to be tried first, or -1. */
  choose(options: number, goesOn: number): number {
    const board = this.#board, { words } = board;
    const flags = words[FLAGS]!, step = words[STEPS]!;
    const node = board.node(step);
    const current = words[CURRENT]!;
    const signature = current < 0 ? 0 : this.#signature(current);
    const given = step < words[PREFIX]!;
    const compare = given && (flags & COMPARED) !== 0;
    if (compare && words[node + SIGNATURE] !== signature) return -DIFFERENT;
    words[node + SIGNATURE] = signature;
    let choice: number;
    if (given && words[MODE] === DFS) {
      choice = words[node + CHOSEN]!;
      if ((options & 1 << choice) === 0) return -DIFFERENT;
    } else {
      const asleep = (flags & SLEEP_SETS) !== 0 ? words[SLEEPING]! : 0;
      const awake = options & ~asleep;
      if (awake === 0) return -REDUNDANT;
      choice = words[MODE] === DFS
        ? first(awake, goesOn)
        : words[MODE] === FOLLOW
        ? this.#follow(options, goesOn)
        : this.#draw(options);
      if (choice < 0) return choice;
      words[node + OPTIONS] = awake;
      words[node + TRIED] = 1 << choice;
      words[node + CHOSEN] = choice;
      words[node + ASLEEP_SET] = asleep;
    }
    if ((flags & SLEEP_SETS) !== 0) this.#putToSleep(node, choice);
    words[STEPS]!++;
    return choice;
  }

  /** Who was tried here before, or slept, sleeps on while its order with what happens does not matter. */
  #putToSleep(node: number, choice: number): void {
    const board = this.#board, { words } = board;
    const t = board.thread(choice & 7);
    const explores = (words[FLAGS]! & EXPLORE) !== 0;
    const clock = (t: number) =>
      words[t + LATE] !== 0 || explores && words[t + OP] === WAIT;
    let asleep = choice >= TIMER || clock(t)
      ? 0
      : (words[node + ASLEEP_SET]! | words[node + TRIED]!) &
        THREAD_BITS & ~(1 << choice);
    for (let thread = 0; asleep >> thread !== 0; thread++) {
      if ((asleep & 1 << thread) === 0) continue;
      const other = board.thread(thread);
      const wakes = clock(other) || dependent(words, t, other);
      if (wakes) asleep &= ~(1 << thread);
    }
    words[SLEEPING] = asleep;
  }

  /** What the program is about to do, to notice when a repetition does something else. */
  #signature(thread: number): number {
    const { words } = this.#board, t = this.#board.thread(thread);
    const op = words[t + OP]! << 4 | words[t + STATUS]!;
    return Math.imul(
      Math.imul(op ^ Math.imul(words[t + PLACE]!, 0x9e3779b1), 0x85ebca6b) ^
        thread,
      0xc2b2ae35,
    );
  }

  /** The choice that the schedule at hand asks for. */
  #follow(options: number, goesOn: number): number {
    const board = this.#board, { words } = board;
    const lenient = (words[FLAGS]! & LENIENT) !== 0;
    for (; words[FOLLOWED]! < words[PREFIX]!; words[FOLLOWED]!++) {
      const wanted = words[board.node(words[FOLLOWED]!) + WANTED]!;
      // The ordinary outcome of a wait need not be said.
      if (options >= 1 << SLEEP && wanted < SLEEP) return SLEEP;
      if ((options & 1 << wanted) !== 0) {
        words[FOLLOWED]!++;
        return wanted;
      }
      if (!lenient) return -DIFFERENT;
    }
    return first(options & ~(1 << DIE), goesOn);
  }

  #draw(options: number): number {
    const { words } = this.#board;
    const random = () => words[RANDOM] = nextRandom(words[RANDOM]!);
    // Rare, so that a life is long enough for something to happen.
    const rare = 1 << DIE | 1 << ZOMBIE | 1 << WAKE;
    if ((options & rare) !== 0 && (random() >>> 0) % 16 !== 0) options &= ~rare;
    const runs = options & THREAD_BITS, timers = (options & TIMERS) !== 0;
    const byPriority = words[MODE] === PCT && runs !== 0 &&
      !(timers && (random() & 3) === 0) && (options & 1 << DIE) === 0;
    if (byPriority) return this.#highest(runs);
    let n = (random() >>> 0) % bits(options);
    for (let bit = 0;; bit++) {
      if ((options & 1 << bit) !== 0 && n-- === 0) return bit;
    }
  }

  /** The thread of the highest priority; at a change point the running one falls behind all. */
  #highest(runs: number): number {
    const { words } = this.#board;
    const current = words[CURRENT]!;
    for (let i = 0; i < MOST_CHANGES; i++) {
      if (words[CHANGE_POINTS + i] !== words[STEPS] || current < 0) continue;
      words[this.#board.thread(current) + PRIORITY] = --words[LOWEST]!;
    }
    let best = -1, highest = -Infinity;
    for (let thread = 0; runs >> thread !== 0; thread++) {
      const priority = words[this.#board.thread(thread) + PRIORITY]!;
      if ((runs & 1 << thread) === 0 || priority <= highest) continue;
      highest = priority;
      best = thread;
    }
    return best;
  }
}

/** How many bits are set. */
export function bits(mask: number): number {
  let n = 0;
  for (; mask !== 0; mask &= mask - 1) n++;
  return n;
}

/** Whether a word is written, and touched by more than one thread. */
export function contended(access: number): boolean {
  return access >> 8 !== 0 && bits((access | access >> 8) & 0xff) > 1;
}

/** The choice to try first: go on, else the lowest. */
function first(options: number, goesOn: number): number {
  if (goesOn >= 0 && (options & 1 << goesOn) !== 0) return goesOn;
  return lowest(options);
}

/** The lowest bit that is set. */
export function lowest(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}
