/**
 * The scheduler: who is next, run by whoever has the turn.
 *
 * An execution is a sequence of choices: which thread does its next step, and
 * what becomes of a wait. Exactly one thread runs at a time, and it stops before
 * each `Atomics` operation. As all `Atomics` operations are sequentially
 * consistent, and shared memory that is touched otherwise is checked for races,
 * these executions are all there are.
 *
 * *Words* · those of the board, `_board.ts`.
 *
 * *States* of a thread's STATUS: FRESH → READY (about to do OP) → BLOCKED (in the
 * wait list) or IDLE (its tasks await) → READY …; at the end DONE or DEAD.
 *
 * *Invariants*
 * - I1: what becomes of a wait is chosen when the wait begins. That covers every
 *   instant: who has timed out can be delayed at will, and until it runs nobody can
 *   tell when it did. For the same reason a thread dies only at its own point.
 *
 * *Progress* · Who pauses twice, or looks again and again at what nobody changed, spins,
 * and waits until another thread has stepped. At the price of an interruption, and
 * twice in an execution, it may also spin on for a while: bounded spins come to their
 * end. When nobody can run, time passes to the next deadline; when everybody spins, it
 * passes faster and faster.
 *
 * *Source* · iterative preemption bounding: Musuvathi and Qadeer (PLDI 2007). Fair
 * scheduling of spins: the same (PLDI 2008).
 *
 * @module
 */

import {
  ARRIVED,
  ASKED,
  type Board,
  BOUND,
  CHANGES,
  CURRENT,
  DEAD,
  DIE,
  DONE,
  EARLY,
  ENDED,
  EXPIRIES,
  EXPLORE,
  FAULTS_LEFT,
  FIRE,
  FLAGS,
  FREE,
  FRESH,
  IDLE,
  IDLE_ROUNDS,
  LAST,
  LIMIT,
  LIVELOCK,
  LOAD,
  LOADS,
  LOCAL,
  LOWEST,
  MOST_STEPS,
  OP,
  PAUSE,
  PAUSES,
  PLACE,
  PREEMPTIONS,
  PRIORITY,
  QUIET,
  READY,
  REPEATS,
  SIZE,
  SLEEP,
  SLEEP_LATE,
  SLEEPING,
  SOON,
  STATUS,
  STEPS,
  STUBBORN,
  STUBBORN_LEFT,
  STUCK,
  THREADS,
  TIME_OUT,
  TIMED_OUT,
  TIMER,
  WAIT,
  WAKE,
  YIELDED,
  ZOMBIE,
} from "./_board.ts";
import { Choices, contended, lowest } from "./_choices.ts";
import { WaitList } from "./_wait_list.ts";

/** Waits of this length and longer end only when nobody can run, even where timeouts are choices. */
export const LONG = 1_000_000;

/** After so many looks in a row that show nothing new, time begins to fly; and then it is a livelock. */
const QUIET_STEPS = 50, QUIET_END = 2000;
/** So often may long waits end without anybody being woken. */
const ROUNDS = 20;
/** Looks in a row that show nothing new, at one word, and at any, that make a spin. */
const REPETITIONS = 7, LOOKS = 16;
/** For so many operations a thread may spin on though others could run. */
const SPIN_ON = 200;
/** Timeouts that fire early: in an execution, and in a row while nobody else steps. */
const MOST_EARLY = 8, EARLY_IN_A_ROW = 2;
/** How late a waiter is that is late, in milliseconds, if nobody wakes it. */
export const GRACE = 1000;

/** Who hears of what the scheduler does. */
export interface Hears {
  /** A notify wakes a thread. */
  woken(sleeper: number): void;
  /** A thread dies. */
  died(thread: number): void;
}

/** Chooses, on a board. Stateless: each thread has one, and the controller. */
export class Scheduler {
  readonly waits: WaitList;
  readonly #board: Board;
  readonly #choices: Choices;
  readonly #hears: Hears | undefined;

  constructor(board: Board, hears?: Hears) {
    this.#board = board;
    this.#hears = hears;
    this.waits = new WaitList(board);
    this.#choices = new Choices(board);
  }

  /** Who is next: the number of a thread, or minus the reason to end. */
  next(): number {
    const board = this.#board, { words } = board;
    for (;;) {
      if (words[STEPS]! >= words[MOST_STEPS]!) return -LIMIT;
      if (words[QUIET]! >= QUIET_STEPS && this.#hurry()) return -LIVELOCK;
      let options = this.#runnable();
      while (options === 0) {
        if (this.#allEnded()) return -ENDED;
        if (!this.#passTime()) return -STUCK;
        options = this.#runnable();
      }
      const current = words[CURRENT]!;
      const here = current < 0 ? -1 : board.thread(current);
      const goesOn = here >= 0 && words[here + STATUS] === READY &&
        words[FREE] === 0 &&
        (words[here + OP] !== PAUSE || words[here + STUBBORN]! > 0) &&
        (options & 1 << current) !== 0;
      if (goesOn) {
        const bound = words[PREEMPTIONS]! >= words[BOUND]!;
        if (bound || this.#isLocal(here)) options = 1 << current;
      }
      const spinsOn = here >= 0 && words[here + YIELDED] === 1 &&
        words[here + ASKED] !== words[CHANGES] &&
        words[STUBBORN_LEFT]! > 0 && words[PREEMPTIONS]! < words[BOUND]!;
      if (spinsOn) words[here + ASKED] = words[CHANGES]!;
      const preferred = goesOn ? current : spinsOn ? lowest(options) : -1;
      if (spinsOn) options |= 1 << current;
      if (here >= 0 && words[FAULTS_LEFT]! > 0 && this.#mayDie(here)) {
        options |= 1 << DIE;
      }
      const choice = this.#choices.choose(options, preferred);
      if (choice < 0) return choice;
      if (choice === DIE) {
        words[FAULTS_LEFT]!--;
        this.#hears?.died(current);
        words[board.thread(current) + STATUS] = DEAD;
        words[SLEEPING] = 0;
        this.waits.forget(current);
        continue;
      }
      const thread = choice & 7;
      if (goesOn && thread !== current) words[PREEMPTIONS]!++;
      if (spinsOn && choice === current) {
        words[PREEMPTIONS]!++;
        words[STUBBORN_LEFT]!--;
        words[here + STUBBORN] = SPIN_ON;
        words[here + YIELDED] = 0;
      }
      if (choice >= TIMER) this.#fire(thread);
      this.#step(thread);
      return thread;
    }
  }

  /** What becomes of a wait that blocks: one of the bits from SLEEP on, or minus a reason. */
  outcome(thread: number, timed: boolean): number {
    const { words } = this.#board, t = this.#board.thread(thread);
    if (words[STEPS]! >= words[MOST_STEPS]!) return -LIMIT;
    const explore = timed && (words[FLAGS]! & EXPLORE) !== 0;
    const early = explore && words[EARLY]! < MOST_EARLY &&
      words[t + EXPIRIES]! < EARLY_IN_A_ROW;
    const options = 1 << SLEEP |
      (early ? 1 << TIME_OUT : 0) |
      (explore ? 1 << SLEEP_LATE : 0) |
      (words[FAULTS_LEFT + 2]! > 0 ? 1 << WAKE : 0) |
      (words[FAULTS_LEFT + 1]! > 0 ? 1 << ZOMBIE : 0);
    if (options === 1 << SLEEP) return SLEEP;
    const choice = this.#choices.choose(options, -1);
    if (choice === WAKE) words[FAULTS_LEFT + 2]!--;
    if (choice === ZOMBIE) words[FAULTS_LEFT + 1]!--;
    if (choice === TIME_OUT) {
      words[EARLY]!++;
      words[t + EXPIRIES]!++;
    }
    return choice;
  }

  /** Wakes up to so many waiters of a word; returns how many. */
  notify(place: number, count: number): number {
    const { words } = this.#board;
    const woken = this.waits.notify(
      place,
      count,
      (waiter) => this.#hears?.woken(waiter),
    );
    if (woken > 0) words[IDLE_ROUNDS] = words[QUIET] = 0;
    return woken;
  }

  /** Says what an operation did: changed something, or looked at a word. */
  done(thread: number, place: number, changed: boolean): void {
    const { words } = this.#board, t = this.#board.thread(thread);
    if (changed) words[CHANGES]!++;
    if (changed || this.#isNews(thread, place)) {
      words[QUIET] = words[t + REPEATS] = words[t + LOADS] = 0;
      if (changed) words[t + STUBBORN] = 0;
      return;
    }
    words[QUIET]!++;
    const again = words[t + LAST] === place;
    words[t + REPEATS] = again ? words[t + REPEATS]! + 1 : 1;
    words[t + LAST] = place;
    const spins = words[t + REPEATS]! >= REPETITIONS ||
      ++words[t + LOADS]! >= LOOKS;
    const stubborn = words[t + STUBBORN]!;
    if (stubborn > 0) words[t + STUBBORN] = stubborn - 1;
    if (stubborn > 0 ? stubborn === 1 : spins) this.giveWay(thread);
  }

  /** Whether a thread looks at a word for the first time since anything was changed. */
  #isNews(thread: number, place: number): boolean {
    const { words, looked } = this.#board;
    if (place < 0) return false;
    const change = words[CHANGES]! << 8, seen = looked[place >> 2]!;
    const fresh = (seen & ~0xff) === change ? seen : change;
    looked[place >> 2] = fresh | 1 << thread;
    return (fresh & 1 << thread) === 0;
  }

  /** A thread pauses: the second time that nobody else has stepped meanwhile, it must give way. */
  pause(thread: number): void {
    const { words } = this.#board, t = this.#board.thread(thread);
    if (++words[t + PAUSES]! > 1 && words[t + STUBBORN] === 0) {
      this.giveWay(thread);
    }
  }

  /** Makes a thread wait until another has stepped. */
  giveWay(thread: number): void {
    const { words } = this.#board, t = this.#board.thread(thread);
    words[t + YIELDED] = 1;
    words[t + REPEATS] = words[t + LOADS] = words[SLEEPING] = 0;
    words[t + PRIORITY] = --words[LOWEST]!;
  }

  /** The threads that can run, and the timers that can fire. */
  #runnable(): number {
    const board = this.#board, { words, times } = board;
    const explore = (words[FLAGS]! & EXPLORE) !== 0, { now } = board;
    let runs = 0, timers = 0, yielded = 0;
    for (let thread = 0; thread < words[THREADS]!; thread++) {
      const t = board.thread(thread), status = words[t + STATUS]!;
      if (status === FRESH) runs |= 1 << thread;
      else if (status === READY) {
        if (words[t + YIELDED]) yielded |= 1 << thread;
        else runs |= 1 << thread;
      } else if (status === IDLE) {
        const due = times[thread]!;
        if (words[t + ARRIVED]! > 0 || due <= now) runs |= 1 << thread;
        const soon = explore && words[EARLY]! < MOST_EARLY &&
          (words[t + SOON] === 1 && due !== Infinity ||
            this.waits.soonest(thread, now + LONG) >= 0);
        if (soon) timers |= 1 << TIMER + thread;
      }
    }
    if (runs !== 0 || yielded === 0) return runs | timers;
    // Only spinners: each may go on.
    for (let thread = 0; thread < words[THREADS]!; thread++) {
      const t = board.thread(thread);
      words[t + YIELDED] = words[t + PAUSES] = 0;
    }
    return yielded | timers;
  }

  #allEnded(): boolean {
    const { words } = this.#board;
    for (let thread = 0; thread < words[THREADS]!; thread++) {
      if (words[this.#board.thread(thread) + STATUS]! < DONE) return false;
    }
    return true;
  }

  /** Nobody can run: time passes to the next deadline. False if there is none, or none helps. */
  #passTime(): boolean {
    const { words, times } = this.#board;
    let next = this.waits.nextDeadline();
    for (let thread = 0; thread < words[THREADS]!; thread++) {
      const idle = words[this.#board.thread(thread) + STATUS] === IDLE;
      if (idle) next = Math.min(next, times[thread]!);
    }
    if (next === Infinity) return false;
    // Short waits may well end one after the other; long ones are those that only retry.
    const long = next - this.#board.now >= LONG / 2;
    if (long && ++words[IDLE_ROUNDS]! > ROUNDS) return false;
    // Nobody is interrupted by who goes on after this.
    words[FREE] = 1;
    this.#moveTo(next);
    return true;
  }

  /** Everybody spins: time flies. True if it has flown in vain. */
  #hurry(): boolean {
    const { words } = this.#board, steps = words[QUIET]! - QUIET_STEPS;
    if (steps >= QUIET_END) return true;
    if (steps % 10 === 0 && steps <= 300) {
      this.#moveTo(this.#board.now + 2 ** (steps / 10));
    }
    return false;
  }

  /** Moves the clock by a choice: what was due before has timed out. */
  advance(time: number): void {
    const board = this.#board;
    board.words[SLEEPING] = 0;
    if (time <= board.now) return;
    board.now = time;
    this.waits.expire(time);
  }

  #moveTo(time: number): void {
    this.advance(time);
    this.waits.expire(Math.max(time, this.#board.now), true);
  }

  #fire(thread: number): void {
    const board = this.#board, { words } = board;
    words[EARLY]!++;
    const due = board.times[thread]!, i = this.waits.soonest(thread, due);
    if (i < 0) {
      words[board.thread(thread) + FIRE] = 1;
      return this.advance(due);
    }
    this.advance(board.deadline(i));
    this.waits.end(i, TIMED_OUT);
  }

  /** A thread is about to step: who gave way to it may run again. */
  #step(thread: number): void {
    const board = this.#board, { words } = board;
    for (let other = 0; other < words[THREADS]!; other++) {
      if (other === thread) continue;
      const t = board.thread(other);
      words[t + YIELDED] = words[t + PAUSES] = 0;
      words[t + REPEATS] = words[t + LOADS] = words[t + EXPIRIES] = 0;
    }
    words[CURRENT] = thread;
    words[FREE] = 0;
  }

  #mayDie(t: number): boolean {
    const status = this.#board.words[t + STATUS];
    return status === READY || status === IDLE;
  }

  /**
   * Whether the operation at hand is on words that no other thread ever wrote, or
   * that only this one touches. To give way before it is then the same as to give
   * way after it, at the same price, so only the latter is tried. What is not known
   * yet is learned: a search ends only when nothing new was learned in it. Not where
   * timeouts are choices: then others move the clock, which may be read after it.
   */
  #isLocal(t: number): boolean {
    const { words, access } = this.#board;
    if ((words[FLAGS]! & (LOCAL | EXPLORE)) !== LOCAL) return false;
    const op = words[t + OP]!;
    if (op < LOAD || op >= WAIT) return false;
    const end = words[t + PLACE]! + words[t + SIZE]!;
    for (let at = words[t + PLACE]! & ~3; at < end; at += 4) {
      if (contended(access[at >> 2]!)) return false;
    }
    return true;
  }
}
