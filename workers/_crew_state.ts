/**
 * The threads of a pool, as all of them see it.
 *
 * *Words*, after those of the jobs · 0 MOST: how many threads there may be, written once
 * · 1 CHORES: moves when the thread that made the pool has something to do · 2 ENDS:
 * moves when a thread of the pool has left · 3 MET: moves when the threads of the pool
 * were told of shared memory · 4 MAKER: the id of who made the pool, written once. Then, for each
 * thread that there may be, how many had its place so far, times 8, plus its STATUS.
 *
 * *States* of STATUS
 *
 * | STATUS | means | → by |
 * | --- | --- | --- |
 * | FREE | nobody is there | STARTING, the maker of the pool |
 * | STARTING | the thread was started | IDLE, that thread; FREE, the maker if it never came |
 * | IDLE | it has no job, and takes the next one | BUSY, that thread |
 * | BUSY | it runs a job | IDLE, that thread, before the job is over; STUCK |
 * | STUCK | it blocks until a job of the pool is over | BUSY, that thread |
 * | all but FREE | likewise | FREE, that thread when it leaves; the maker when it is dead |
 *
 * *Invariants* · I0: a thread says nothing of a place that has become another one's: it may
 * run on after its end was told. I1: a thread is IDLE before the job that it ran is over: whoever learns of
 * that and submits another one finds it so, and starts no thread.
 *
 * @module
 */

import {
  type Body,
  EXPIRED,
  OK,
  park,
  type Signal,
  STOP,
  STOPPED,
  wake,
} from "../primitives/_park.ts";
import type { Words } from "../primitives/_record.ts";
import { isDead } from "../primitives/_roster.ts";
import { threadId } from "../primitives/_thread_id.ts";
import { AFTER_JOBS } from "./_job_layout.ts";
import type { JobState } from "./_job_state.ts";

const MOST = AFTER_JOBS, ENDS = MOST + 2, MAKER = MOST + 4;
/** Words that others sleep on. */
export const CHORES: number = MOST + 1, MET: number = MOST + 3;
const CREW = MOST + 16;
const STATUS_BITS = 3, STATUS = 7;
const FREE = 0, STARTING = 1;
/** What a thread says of itself. */
export const IDLE = 2, BUSY = 3, STUCK = 4;

/** A thread of a pool: its place, and how many had that before. */
export interface Member {
  readonly place: number;
  readonly turn: number;
}

/** The first word that is free in the record of a pool with so many threads. */
export function afterCrew(most: number): number {
  return CREW + most;
}

/** Writes the words of a new crew. */
export function fillCrew(words: Words, most: number): void {
  Atomics.store(words, MOST, most);
  Atomics.store(words, MAKER, threadId());
}

/** A view of the crew. */
export class CrewState {
  readonly #words: Words;
  readonly #jobs: JobState;
  /** How many threads there may be. */
  readonly most: number;

  constructor(jobs: JobState) {
    this.#words = jobs.words;
    this.#jobs = jobs;
    this.most = Atomics.load(jobs.words, MOST);
  }

  /** Whether who made the pool can start no more threads. */
  get isForsaken(): boolean {
    return isDead(Atomics.load(this.#words, MAKER));
  }

  /** How many threads there are; it may have changed when you read it. */
  get alive(): number {
    return this.most - this.#count(FREE);
  }

  /** Whether a thread waits for a job. */
  get hasIdle(): boolean {
    return this.#count(IDLE) > 0;
  }

  /** Whether another thread would have something to do, and may be started. */
  get wanting(): boolean {
    const words = this.#words;
    let spare = 0, alive = 0;
    for (let place = 0; place < this.most; place++) {
      const status = Atomics.load(words, CREW + place) & STATUS;
      if (status !== FREE) alive++;
      if (status === STARTING || status === IDLE) spare++;
    }
    return alive < this.most && this.#jobs.ring.size > spare;
  }

  /** By the maker: takes a free place for a thread; undefined if there is none. */
  hire(): Member | undefined {
    const words = this.#words;
    for (let place = 0; place < this.most; place++) {
      const value = Atomics.load(words, CREW + place);
      if ((value & STATUS) !== FREE) continue;
      const turn = (value >>> STATUS_BITS) + 1;
      Atomics.store(words, CREW + place, turn << STATUS_BITS | STARTING);
      return { place, turn };
    }
    return undefined;
  }

  /** Whether a thread is there, as far as that was said. */
  isThere(member: Member): boolean {
    return this.#statusOf(member) !== FREE;
  }

  /** Whether a thread was started, and has not said that it is ready. */
  isStarting(member: Member): boolean {
    return this.#statusOf(member) === STARTING;
  }

  /** Whether there are as many threads as there may be, and all of them wait for jobs of each other. */
  get allStuck(): boolean {
    return this.#count(STUCK) === this.most;
  }

  /** By the thread, or by the maker if it cannot: it is not there any more. */
  leave(member: Member): void {
    this.say(member, FREE);
    Atomics.add(this.#words, ENDS, 1);
    wake(this.#words, ENDS);
  }

  /** Tells the maker that there is something to do. */
  call(): void {
    Atomics.add(this.#words, CHORES, 1);
    wake(this.#words, CHORES);
  }

  /** Tells the threads that they were told of shared memory. */
  tellMet(): void {
    Atomics.add(this.#words, MET, 1);
    wake(this.#words, MET);
  }

  /** Waits until nothing is to be done and nobody is there; false if the time is up. `look` is called once in a while. */
  untilGone(look: () => void): Body<boolean> {
    return this.#until(ENDS, () => {
      look();
      return this.alive === 0 &&
        (this.#jobs.ring.size === 0 || this.#jobs.countPending() === 0);
    });
  }

  /** Waits until `met` is true, which is asked whenever the threads were told of memory; false if the time is up. */
  untilMet(met: () => boolean): Body<boolean> {
    return this.#until(MET, met);
  }

  *#until(index: number, done: () => boolean): Body<boolean> {
    const words = this.#words;
    let signal: Signal = OK;
    for (;;) {
      const value = Atomics.load(words, index);
      if (done()) return true;
      if (signal === EXPIRED) return false;
      if (signal === STOP) return STOPPED;
      signal = yield park(words, index, value);
    }
  }

  #statusOf({ place, turn }: Member): number {
    const value = Atomics.load(this.#words, CREW + place);
    return value >>> STATUS_BITS === turn ? value & STATUS : FREE;
  }

  /** By the thread: this is its status. */
  say({ place, turn }: Member, status: number): void {
    const words = this.#words, at = CREW + place;
    const value = Atomics.load(words, at);
    // After this look only the maker may write, and then it is too late.
    if (value >>> STATUS_BITS !== turn || (value & STATUS) === FREE) return;
    const next = turn << STATUS_BITS | status;
    Atomics.compareExchange(words, at, value, next);
  }

  #count(status: number): number {
    let count = 0;
    for (let place = 0; place < this.most; place++) {
      const value = Atomics.load(this.#words, CREW + place);
      if ((value & STATUS) === status) count++;
    }
    return count;
  }
}
