/**
 * The state machine of a pool: jobs in shared memory, from the submit of a task to the
 * reading of its outcome.
 *
 * A job is an item (`_items.ts`) of one list, in the order of the submits, from then on
 * until its outcome was read: so one walk over the list finds all that is alive. In the
 * list are also the names of tasks, which come first, and why the pool broke.
 *
 * Those that nobody runs are in the ring too (`_job_ring.ts`), as far as it has room: from
 * there they are taken without the section. The words are listed in `_job_layout.ts`.
 *
 * *States* of STATE; WAITED in bit 31 says that somebody sleeps on it
 *
 * | state | means | → by |
 * | --- | --- | --- |
 * | PENDING | nobody runs it | an id, who takes it; CANCELLED, BROKE, anybody |
 * | an id | that thread runs it | VALUE, ERROR, TOO_LARGE, that thread; LOST, whoever finds it dead |
 * | VALUE, ERROR | over, and that is its outcome | free memory, its submitter |
 * | TOO_LARGE | over, and there was no memory for its outcome | likewise |
 * | CANCELLED, LOST, BROKE | over without an outcome | likewise |
 * | KEPT | its submitter has read it, and uses it for another one | PENDING, its submitter |
 * | NAME, REASON | no job: the name of a task; why the pool broke | |
 *
 * *Invariants*
 * - I1: a job is left by one compareExchange from PENDING, and by its thread alone from
 *   an id: so it runs at most once, and is over once.
 * - I2: the outcome is written before the state says so, and the bell moves after that:
 *   who sets PARKED and then looks at the states misses nothing.
 *
 * *Progress* · Jobs are taken in the order of their submits, but for those whose entry was
 * made again. A take passes what was cancelled, and fills the ring when it is empty. Who
 * dies between the state and the bell leaves its submitter asleep until that one looks
 * again, within a second. What dead threads have submitted is freed when another one is
 * buried, or when memory is short.
 *
 * *Source* · the states are those of Python's Future; a thread id as a state is how a
 * robust futex names its owner.
 *
 * @module
 */

import { Items } from "../primitives/_items.ts";
import type { Packet } from "../primitives/_packet.ts";
import {
  type Body,
  EXPIRED,
  linger,
  OK,
  park,
  type Signal,
  spin,
  SPIN_EVENT,
  STOP,
  STOPPED,
  wake,
} from "../primitives/_park.ts";
import { Side } from "../primitives/_queue_state.ts";
import type { Words } from "../primitives/_record.ts";
import { isDead } from "../primitives/_roster.ts";
import { Section } from "../primitives/_section.ts";
import { threadId } from "../primitives/_thread_id.ts";
import { INT32_MAX } from "../primitives/_validate.ts";
import { QueueFullError } from "../primitives/errors.ts";
import { Bells } from "./_bells.ts";
import {
  BELL,
  BROKEN,
  MODE,
  PINNED,
  RESULT,
  STATE,
  SUBMITTER,
  TAIL,
  TAKERS,
  TASK,
} from "./_job_layout.ts";
import { JobRing } from "./_job_ring.ts";

const WAITED = 1 << 31, VALUE_MASK = ~WAITED;

/** MODE of a job: a call; or one for each of its arguments, which is the only one or an array of them. */
export const CALL = 0, EACH = 1, EACH_SPREAD = 2;

/** STATE of a job. */
export const PENDING = 1, VALUE = 2, ERROR = 3, TOO_LARGE = 4, CANCELLED = 5;
/** STATE of a job, the others. */
export const LOST = 6, BROKE = 7;
const NAME = 8, REASON = 9, KEPT = 10;
/** BROKEN without a reason. */
const UNSAID = -1;

/** Whether a job is over. */
export function isOver(state: number): boolean {
  return state >= VALUE && state <= BROKE;
}

/** The id of the thread that runs a job in this state, 0 if none does. */
export function runnerOf(state: number): number {
  return state > KEPT ? state : 0;
}

/** The list of jobs, each with the item that is its outcome. */
class JobItems extends Items {
  protected override trace(item: number, seen: Uint8Array): number {
    const used = super.trace(item, seen), result = this.view[item + RESULT]!;
    return result === 0 ? used : used + super.trace(result, seen);
  }
}

/** The state machine, as the pool's threads and those who submit see it. */
export class JobState {
  readonly words: Words;
  readonly items: JobItems;
  readonly section: Section;
  /** Those who wait for a job. */
  readonly takers: Side;
  /** Those that are to be taken. */
  readonly ring: JobRing;
  readonly bells: Bells;
  readonly #me: number = threadId();

  /** `entries`: how many the ring may have; fewer than it has room for in models. */
  constructor(words: Words, entries?: number) {
    this.words = words;
    this.items = new JobItems(words);
    this.section = new Section(words, () => this.#repair());
    this.bells = new Bells(words);
    const isPending = (job: number) => this.stateOf(job) === PENDING;
    this.ring = new JobRing(words, this.items, isPending, entries);
    this.takers = new Side(
      words,
      TAIL,
      TAKERS,
      (tail) => this.ring.isShut ? INT32_MAX : this.ring.sizeAt(tail),
    );
  }

  /** How many jobs are pending, exactly; takes as long as there are jobs. */
  countPending(): number {
    return this.section.run(() => {
      const { items } = this;
      let count = 0;
      for (let job = items.head; job !== 0; job = items.next(job)) {
        if (this.stateOf(job) === PENDING) count++;
      }
      return count;
    });
  }

  /** Whether it broke. */
  get isBroken(): boolean {
    return Atomics.load(this.words, BROKEN) !== 0;
  }

  /** Adds a job of this thread, and returns its place; 0 if no more are taken in. */
  submit(args: Packet, task: number, mode: number = CALL): number {
    const { items, section, ring } = this;
    let rings = false, job: number;
    section.enter();
    try {
      if (ring.isShut) return 0;
      job = this.#write(args);
      if (job !== 0) {
        const { view } = items;
        view[job + TASK] = task;
        view[job + BELL] = this.bells.mine;
        view[job + SUBMITTER] = this.#me;
        view[job + MODE] = mode;
        // Others see it by what comes after it: the list, and the ring.
        view[job + STATE] = PENDING;
        items.insert(job, items.tail);
        rings = ring.enqueue(job);
      }
    } catch (error) {
      section.mend();
      throw error;
    } finally {
      section.leave();
    }
    if (rings) this.takers.ring();
    return this.#written(job, args);
  }

  /** By its submitter, which has read it: keeps a job that is over for another one; false if it has more than one cell, or an entry in the ring. */
  keep(job: number): boolean {
    const { items } = this, { view } = items;
    const keeps = view[job + RESULT] === 0 && view[job + PINNED] === 0 &&
      items.isSingle(job) && this.ring.isOut(job);
    if (keeps) Atomics.store(view, job + STATE, KEPT);
    return keeps;
  }

  /** Adds a job in the place of one that was kept; false, and nothing done, if it does not fit there, or would have to wait for room in the ring. */
  resubmit(job: number, args: Packet, task: number, mode: number): boolean {
    const { items, section, ring } = this, { view } = items;
    let rings: boolean;
    // In the list it is before those that wait for room.
    if (ring.hasMore || !items.rewrite(job, args)) return false;
    view[job + TASK] = task;
    view[job + MODE] = mode;
    section.enter();
    try {
      if (!ring.takesAny) return false;
      Atomics.store(view, job + STATE, PENDING);
      rings = ring.enqueue(job);
    } catch (error) {
      section.mend();
      throw error;
    } finally {
      section.leave();
    }
    if (rings) this.takers.ring();
    return true;
  }

  /** Adds the name of a task, and returns its place. */
  addName(name: Packet): number {
    const place = this.section.run(() => {
      const { items } = this;
      // Names come first in the list, and each is there once.
      for (
        let item = items.head;
        this.stateOf(item) === NAME;
        item = items.next(item)
      ) if (items.equals(item, name)) return item;
      return this.#note(name, NAME);
    });
    return this.#written(place, name);
  }

  /** The place of the name of a job's task. */
  taskOf(job: number): number {
    return this.items.view[job + TASK]!;
  }

  /** What the arguments of a job are. */
  modeOf(job: number): number {
    return this.items.view[job + MODE]!;
  }

  /** Takes the next job, for this thread to run; 0 if there is none, -1 if there never will be. */
  take(): number {
    const { ring } = this;
    for (;;) {
      const job = ring.pop();
      if (job !== 0) {
        const taken = this.#claim(job);
        ring.drop(job, !taken);
        if (taken) return job;
        continue;
      }
      // In this order: when no more are taken in, and none waits, the ring only gets emptier.
      const { isShut } = ring;
      if (ring.hasMore) this.#fill();
      else if (ring.isEmpty) return isShut ? -1 : 0;
    }
  }

  #fill(): void {
    const rings = this.section.run(() => this.ring.fill());
    // Not a ring: it would take for a task of this thread, and this take may be for that one.
    if (rings) this.takers.nudge();
  }

  /** Takes this job, for this thread to run; false if it is not pending any more. */
  takeThis(job: number): boolean {
    const taken = this.#claim(job);
    if (taken) this.ring.addStale();
    return taken;
  }

  /** The state of a job, without WAITED. */
  stateOf(job: number): number {
    return Atomics.load(this.items.view, job + STATE) & VALUE_MASK;
  }

  /** Copies the arguments of a job that this thread runs, or a name. */
  read(place: number, into: Packet): void {
    this.items.read(place, into);
  }

  /** Whether the outcome of a job that is over has no bytes. */
  isBare(job: number): boolean {
    const { view } = this.items;
    return view[job + RESULT] === 0 && this.items.lengthOf(job) === 0;
  }

  /** Looks for the next job for a while; true if there is one. */
  expect(): boolean {
    const { words, ring } = this;
    return linger(words, TAIL, SPIN_EVENT, (tail) => ring.sizeAt(tail) > 0);
  }

  /** Copies the outcome of a job that is over. */
  readOutcome(job: number, into: Packet): void {
    this.items.read(this.items.view[job + RESULT]! || job, into);
  }

  /** Ends a job that this thread runs. */
  finish(job: number, outcome: Packet, state: typeof VALUE | typeof ERROR) {
    if (this.items.rewrite(job, outcome)) return this.#end(job, state);
    const fits = this.section.run(() => {
      const result = this.#write(outcome);
      this.items.view[job + RESULT] = result;
      return result !== 0;
    });
    this.#end(job, fits ? state : TOO_LARGE);
  }

  /** Ends a job of a thread that died. */
  lose(job: number): void {
    const { view } = this.items, at = job + STATE;
    const state = Atomics.load(view, at), runner = state & VALUE_MASK;
    if (!isDead(runnerOf(runner))) return;
    this.#move(job, runner, LOST);
  }

  /** Keeps a job from being run; true if nobody will run it on account of that. */
  cancel(job: number): boolean {
    return this.#move(job, PENDING, CANCELLED) ||
      this.stateOf(job) === CANCELLED;
  }

  /** Takes no more jobs in; and cancels those that nobody runs, if that is to be. */
  shutDown(cancels: boolean): void {
    this.section.run(() => this.ring.shut());
    if (cancels) this.#endPending(CANCELLED);
    this.takers.ring();
  }

  /** Takes no more jobs in, and ends those that nobody runs; `reason` says why, if it is the first. */
  breakDown(reason: Packet): void {
    const { words } = this;
    this.section.run(() => {
      if (words[BROKEN] === 0) {
        const place = this.#note(reason, REASON);
        Atomics.store(words, BROKEN, place === 0 ? UNSAID : place);
      }
      // After that: who is refused then looks whether it broke.
      this.ring.shut();
    });
    this.#endPending(BROKE);
    this.takers.ring();
  }

  /** Copies why it broke; false if there was no memory for that. */
  readReason(into: Packet): boolean {
    const place = Atomics.load(this.words, BROKEN);
    if (place !== UNSAID) this.items.read(place, into);
    return place !== UNSAID;
  }

  /** Other threads may know a job: it stays, for as long as the pool's memory. */
  pin(job: number): void {
    this.items.view[job + PINNED] = 1;
  }

  /** Where a job is in the memory, in bytes. */
  byteOffsetOf(job: number): number {
    return this.items.view.byteOffset + job * 4;
  }

  /** The job that was pinned there; 0 if none was. */
  pinnedAt(byteOffset: number): number {
    const { items } = this, job = (byteOffset - items.view.byteOffset) / 4;
    return this.section.run(() => {
      const pinned = items.isCell(job) && items.view[job + PINNED] === 1 &&
        this.stateOf(job) !== 0;
      return pinned ? job : 0;
    });
  }

  /** Adds a job that is over, for other threads to read; returns its place. */
  preserve(outcome: Packet, state: number): number {
    const place = this.section.run(() => {
      const job = this.#note(outcome, state);
      if (job !== 0) this.pin(job);
      return job;
    });
    return this.#written(place, outcome);
  }

  /** Frees jobs that are over and whose outcome was read; returns those that must be kept for now. */
  free(jobs: readonly number[]): number[] {
    return this.section.run(() => jobs.filter((job) => !this.#free(job)));
  }

  /** Frees what a job that was cancelled will not need, while it cannot be freed itself. */
  trim(job: number): void {
    this.section.run(() => this.items.trim(job));
  }

  /** A thread died: ends what it ran, and frees what it alone would have read. */
  bury(thread: number): void {
    this.section.run(() => {
      const { items } = this;
      for (let job = items.head; job !== 0; job = items.next(job)) {
        this.#move(job, thread, LOST);
      }
      this.#freeOrphans();
      this.ring.restore();
    });
    this.takers.ring();
  }

  /** Waits until a job is over, or `done`, which is asked once in a while; false if the time is up. */
  *untilOver(
    job: number,
    done: () => boolean,
    manner: () => number = () => 0,
  ): Body<boolean> {
    const { view } = this.items, at = job + STATE;
    const over = (value: number) => isOver(value & VALUE_MASK);
    let signal: Signal = OK;
    for (;;) {
      // What is done may be freed, and another job be there.
      if (done()) return true;
      const state = Atomics.load(view, at);
      if (over(state)) return true;
      if (signal === EXPIRED) return false;
      if (signal === STOP) return STOPPED;
      signal = yield spin(view, at, SPIN_EVENT, over);
      if (signal === OK) return true;
      const waited = state | WAITED;
      signal = OK;
      if (
        state !== waited &&
        Atomics.compareExchange(view, at, state, waited) !== state
      ) continue;
      signal = yield park(view, at, waited, manner());
    }
  }

  /** In the section: writes an item; 0, and nothing done, if there is no memory. */
  #write(packet: Packet): number {
    const { items } = this, item = items.write(packet);
    if (item !== 0) return item;
    this.#freeOrphans();
    return items.write(packet);
  }

  /** Outside of the section: the place of what was written, if it was. */
  #written(place: number, { length }: Packet): number {
    if (place !== 0) return place;
    throw new QueueFullError(
      `Cannot submit task: there is no memory left for its ${length} bytes, and 'capacity' allows for ${this.items.byteLength} in all`,
    );
  }

  /** In the section: adds what is no job, a name as the first item; 0 if there is no memory. */
  #note(packet: Packet, state: number): number {
    const { items } = this, item = this.#write(packet);
    if (item === 0) return 0;
    Atomics.store(items.view, item + STATE, state);
    items.insert(item, state === NAME ? 0 : items.tail);
    return item;
  }

  #claim(job: number): boolean {
    const { view } = this.items, at = job + STATE;
    for (;;) {
      const state = Atomics.load(view, at);
      if ((state & VALUE_MASK) !== PENDING) return false;
      const mine = state & WAITED | this.#me;
      if (Atomics.compareExchange(view, at, state, mine) === state) return true;
    }
  }

  /** In the section: frees what is over and nobody will read. */
  #freeOrphans(): void {
    const { items } = this, { view } = items;
    for (let job = items.head; job !== 0;) {
      const next = items.next(job);
      const state = this.stateOf(job);
      const orphan = view[job + PINNED] === 0 &&
        (isOver(state) || state === KEPT) && isDead(view[job + SUBMITTER]!);
      if (orphan) this.#free(job);
      job = next;
    }
  }

  /** In the section: false if it has an entry in the ring. */
  #free(job: number): boolean {
    const { items } = this, { view } = items, result = view[job + RESULT]!;
    if (this.ring.isIn(job)) return false;
    this.ring.leave(job);
    items.remove(job);
    if (result !== 0) items.erase(result);
    items.erase(job);
    return true;
  }

  /** Ends all that nobody runs, after SHUT; nothing is left to be taken. */
  #endPending(state: number): void {
    // In the section: outside of it a job may be freed, and another be there.
    this.section.run(() => {
      const { items } = this;
      for (let job = items.head; job !== 0; job = items.next(job)) {
        this.#move(job, PENDING, state);
      }
      this.ring.clear();
    });
  }

  /** Ends a job if it is in this state. */
  #move(job: number, from: number, to: number): boolean {
    const { view } = this.items, at = job + STATE, bell = view[job + BELL]!;
    for (;;) {
      const state = Atomics.load(view, at);
      if ((state & VALUE_MASK) !== from) return false;
      if (Atomics.compareExchange(view, at, state, to) !== state) continue;
      if (from === PENDING) this.ring.addStale();
      if (state < 0) wake(view, at);
      this.bells.ring(bell);
      return true;
    }
  }

  #end(job: number, to: number): void {
    const { view } = this.items, at = job + STATE, bell = view[job + BELL]!;
    if (Atomics.exchange(view, at, to) < 0) wake(view, at);
    this.bells.ring(bell);
  }

  /** In the section: makes whole what a dead thread left. */
  #repair(): void {
    this.items.repair();
    this.ring.recount();
    this.ring.restore();
    this.takers.nudge();
  }
}
