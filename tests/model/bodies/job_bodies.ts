import { baseOf } from "../../../primitives/_cells.ts";
import { Packet } from "../../../primitives/_packet.ts";
import {
  type AsyncWaitOptions,
  block,
  type Body,
  settle,
} from "../../../primitives/_park.ts";
import type { Attempt } from "../../../primitives/_queue_state.ts";
import { openRecord, type Words } from "../../../primitives/_record.ts";
import { isDead } from "../../../primitives/_roster.ts";
import { threadId } from "../../../primitives/_thread_id.ts";
import { QueueFullError } from "../../../primitives/errors.ts";
import {
  BROKE,
  CALL,
  CANCELLED,
  isOver,
  JobState,
  LOST,
  PENDING,
  runnerOf,
  TOO_LARGE,
  VALUE,
} from "../../../workers/_job_state.ts";
import { check, PATIENT, SOON, turn } from "./tasks.ts";

export interface State {
  /** The record of a pool, with its cells. */
  readonly words: Int32Array<SharedArrayBuffer>;
  /** How many entries the ring may have. */
  readonly entries: number;
  /** Whether it was shut down before the threads begin. */
  readonly shut: boolean;
  /** What each thread does, step by step; see `perform`. */
  readonly scripts: readonly (readonly string[])[];
  readonly marks: Int32Array;
}

/** Words of `marks`, one bit for each job: submits that were begun; jobs that somebody ran; outcomes that were read; jobs that were freed; that a cancel kept from being run. */
export const BEGUN = 0, RAN = 1, READ = 2, FREED = 3, KEPT = 4;
/** Then how often a submit was refused, for a shutdown and for want of memory; a take found nothing, or that there never will be anything; a wait for an outcome gave up. */
export const REFUSED = 5, FULL = 6, NOTHING = 7, NEVER = 8, LATE = 9;
/** Then the next place in the order; and, from there on, the jobs in the order in which they were begun to run. */
export const NEXT = 10, ORDER = 11;
/** So many words, then the places of the jobs. */
export const PLACES = 32;
/** There are jobs up to that number. */
export const JOBS = 31;

const POOL = "ThreadPoolExecutor";
/** The words of a job's bytes in its first cell. */
const ROOM = 12;

/** The state machine, as this thread sees it. */
export function open({ words, entries }: State): JobState {
  const { buffer } = words, handle = { kind: POOL, buffer, byteOffset: 0 };
  return new JobState(openRecord([POOL], handle, baseOf) as Words, entries);
}

/** The arguments of jobs from 10 to 19 take a second cell; of 30 too. */
export function argsOf(n: number): Packet {
  return packetOf(n, n >= 10 && n < 20 || n === 30);
}

/** The outcomes of jobs from 20 on take cells of their own. */
export function outcomeOf(n: number): Packet {
  return packetOf(1000 + n, n >= 20);
}

/** The number of a job that was taken. */
export function readNumber(jobs: JobState, job: number): number {
  const packet = new Packet();
  jobs.read(job, packet);
  const n = packet.words[0]!;
  return numberIn(packet, argsOf(n).length);
}

/** The number in a packet that is whole, and has so many bytes. */
function numberIn({ words, length }: Packet, bytes: number): number {
  check(length === bytes, `${length} bytes`);
  const n = words[0]!, all = words.subarray(0, length >> 2);
  check(all.every((x, i) => x === (i < ROOM ? n : PENDING)), "torn bytes");
  return n;
}

function packetOf(n: number, large: boolean): Packet {
  const packet = new Packet();
  // What is in a second cell looks like a job that is pending.
  packet.words.fill(n, 0, ROOM).fill(PENDING, ROOM);
  packet.length = large ? 120 : 4;
  return packet;
}

/** Runs a job that was taken. */
function run({ marks }: State, jobs: JobState, job: number): void {
  check(jobs.stateOf(job) === threadId(), "not this thread's");
  const n = readNumber(jobs, job);
  check((marks[BEGUN]! & 1 << n) !== 0, `nobody submitted ${n}`);
  check((marks[RAN]! & 1 << n) === 0, `${n} ran twice`);
  check((marks[KEPT]! & 1 << n) === 0, `${n} ran though it was cancelled`);
  marks[RAN]! |= 1 << n;
  marks[ORDER + marks[NEXT]!++] = n;
  jobs.finish(job, outcomeOf(n), VALUE);
}

/** Reads the outcome of a job that is over, and sees that it is the right one. */
export function readOutcome(marks: Int32Array, jobs: JobState, n: number) {
  const job = marks[PLACES + n]!, state = jobs.stateOf(job), bit = 1 << n;
  const ran = (marks[RAN]! & bit) !== 0;
  switch (state) {
    case VALUE: {
      check(ran, `${n} is over, and nobody ran it`);
      const packet = new Packet();
      jobs.readOutcome(job, packet);
      const value = numberIn(packet, outcomeOf(n).length);
      check(value === 1000 + n, `the outcome of ${n} is ${value}`);
      break;
    }
    case TOO_LARGE:
      check(ran && n >= 20, `${n} had room`);
      break;
    case CANCELLED:
    case BROKE:
      check(!ran, `${n} ran, and its state is ${state}`);
      break;
    case LOST:
      break;
    default:
      throw new Error(`the state of ${n} is ${state}`);
  }
  marks[READ]! |= bit;
}

/** Frees a job that is over; what cannot be freed yet is left for the end. */
function free({ marks }: State, jobs: JobState, n: number): void {
  // Before it is: another job may be there at once.
  marks[FREED]! |= 1 << n;
  const kept = jobs.free([marks[PLACES + n]!]);
  if (kept.length > 0) marks[FREED]! &= ~(1 << n);
}

const LIMITS: Record<string, number> = { timed: SOON, patient: PATIENT };

/** One thread and its script. */
class Party {
  readonly #state: State;
  readonly #thread: number;
  readonly #jobs: JobState;

  constructor(state: State, thread: number) {
    this.#state = state;
    this.#thread = thread;
    this.#jobs = open(state);
  }

  /**
   * Goes through the script. A step is `[how] what [n]`; how is try, timed, patient,
   * nothing to block, or, after `start`, a task that goes on beside the next steps.
   *
   * What is submit n · resubmit n: in the place of job n - 1, which was seen · take: run the next job · serve: run jobs until there will be none ·
   * own n: run this job, which may be taken · see n: wait on the job's word, and read ·
   * result n: likewise, and free · bell n: likewise, on the bell of this thread · cancel n
   * · forget n: cancel, and if it is over read and free · trim n: cancel, and free what is
   * not needed then · shut · drop: shut down and cancel · break · bury: what the maker
   * does when others have died · turn: let tasks run. What was refused or freed is passed.
   */
  perform(from = 0): Promise<unknown> | undefined {
    const script = this.#state.scripts[this.#thread]!;
    const begun: Promise<unknown>[] = [];
    for (let i = from; i < script.length; i++) {
      if (script[i] === "turn") {
        begun.push(turn().then(() => this.perform(i + 1)));
        break;
      }
      const words = script[i]!.split(" ");
      const n = /\d/.test(words.at(-1)!) ? Number(words.pop()) : 0;
      const what = words.pop()!, how = words.pop() ?? "";
      if (n > 0 && !what.endsWith("submit") && this.#isGone(n)) continue;
      if (words.length > 0 || how === "start") {
        begun.push(this.#begin(how, what, n));
      } else this.#call(how, what, n);
    }
    return begun.length > 0 ? Promise.all(begun) : undefined;
  }

  #call(how: string, what: string, n: number): void {
    const jobs = this.#jobs, { marks } = this.#state;
    const timeout = LIMITS[how];
    const limits = timeout === undefined ? {} : { timeout };
    switch (what) {
      case "submit":
      case "resubmit":
        return this.#submit(n, what === "resubmit");
      case "take":
      case "serve": {
        do {
          const attempt = this.#attempt();
          if (how === "try") attempt.run();
          else jobs.takers.block(attempt, limits, "take", "");
          if (!this.#ran(attempt.job, timeout !== undefined || how === "try")) {
            break;
          }
        } while (what === "serve");
        // Where nobody dies nothing comes back.
        check(what !== "serve" || jobs.ring.size === 0, "left too early");
        return;
      }
      case "own": {
        const job = marks[PLACES + n]!;
        if (jobs.takeThis(job)) run(this.#state, jobs, job);
        return;
      }
      case "see":
      case "result":
      case "bell": {
        const over = block(this.#until(what, n), limits, "read", "");
        this.#read(n, over, timeout !== undefined, what !== "see");
        return;
      }
      case "cancel":
        return this.#cancel(n);
      case "forget":
        this.#cancel(n);
        if (isOver(jobs.stateOf(marks[PLACES + n]!))) {
          this.#read(n, true, false, true);
        }
        return;
      case "trim":
        this.#cancel(n);
        if ((marks[KEPT]! & 1 << n) !== 0) jobs.trim(marks[PLACES + n]!);
        return;
      case "shut":
        return jobs.shutDown(false);
      case "drop":
        return jobs.shutDown(true);
      case "break":
        return jobs.breakDown(packetOf(7, false));
      case "bury":
        return this.#bury();
      default:
        throw new Error(`no step: ${what}`);
    }
  }

  async #begin(how: string, what: string, n: number): Promise<void> {
    const jobs = this.#jobs, timeout = LIMITS[how];
    const limits: AsyncWaitOptions = timeout === undefined ? {} : { timeout };
    if (what === "take" || what === "serve") {
      do {
        const attempt = this.#attempt();
        await jobs.takers.settle(attempt, limits);
        if (!this.#ran(attempt.job, timeout !== undefined)) return;
      } while (what === "serve");
      return;
    }
    const over = await settle(this.#until(what, n), limits);
    this.#read(n, over, timeout !== undefined, what !== "see");
  }

  #isGone(n: number): boolean {
    const { marks } = this.#state;
    return marks[PLACES + n] === 0 || (marks[FREED]! & 1 << n) !== 0;
  }

  #submit(n: number, again: boolean): void {
    const { marks } = this.#state;
    marks[BEGUN]! |= 1 << n;
    if (again && this.#resubmit(n)) return;
    try {
      const job = this.#jobs.submit(argsOf(n), 0);
      if (job !== 0) marks[PLACES + n] = job;
      else marks[REFUSED]!++;
    } catch (error) {
      if (!(error instanceof QueueFullError)) throw error;
      marks[FULL]!++;
    }
  }

  /** In the place of the job before, which was read; it is freed if that cannot be. */
  #resubmit(n: number): boolean {
    const jobs = this.#jobs, { marks } = this.#state;
    const old = n - 1, place = marks[PLACES + old]!;
    if ((marks[READ]! & 1 << old) === 0) return false;
    if (jobs.keep(place)) {
      marks[FREED]! |= 1 << old;
      marks[PLACES + n] = place;
      if (jobs.resubmit(place, argsOf(n), 0, CALL)) return true;
      marks[PLACES + n] = 0;
    }
    free(this.#state, jobs, old);
    return false;
  }

  #attempt(): Attempt & { job: number } {
    const jobs = this.#jobs;
    return {
      job: 0,
      demand: 1,
      run() {
        return this.job !== 0 || (this.job = jobs.take()) !== 0;
      },
    };
  }

  /** Runs a job, if there is one. */
  #ran(job: number, limited: boolean): boolean {
    const { marks } = this.#state;
    if (job > 0) run(this.#state, this.#jobs, job);
    else if (job < 0) marks[NEVER]!++;
    else {
      check(limited, "nothing was taken, without a limit");
      marks[NOTHING]!++;
    }
    return job > 0;
  }

  /** Waits until a job is over. What its thread left when it died is found by looking. */
  #until(what: string, n: number): Body<boolean> {
    const jobs = this.#jobs, job = this.#state.marks[PLACES + n]!;
    const look = () => {
      if (runnerOf(jobs.stateOf(job)) !== 0) jobs.lose(job);
      return isOver(jobs.stateOf(job));
    };
    return what === "bell"
      ? jobs.bells.untilRung(look)
      : jobs.untilOver(job, look);
  }

  #read(n: number, over: boolean, limited: boolean, frees: boolean): void {
    const { marks } = this.#state;
    if (over) {
      readOutcome(marks, this.#jobs, n);
      if (frees) free(this.#state, this.#jobs, n);
    } else {
      check(limited, `${n} is not over, without a limit`);
      marks[LATE]!++;
    }
  }

  #cancel(n: number): void {
    const { marks } = this.#state, job = marks[PLACES + n]!;
    if (!this.#jobs.cancel(job)) return;
    check((marks[RAN]! & 1 << n) === 0, `${n} is cancelled, and has run`);
    marks[KEPT]! |= 1 << n;
  }

  #bury(): void {
    const first = threadId() - this.#thread;
    for (let n = 0; n < this.#state.scripts.length; n++) {
      if (isDead(first + n)) this.#jobs.bury(first + n);
    }
  }
}

export const first = (state: State) => new Party(state, 0).perform();
export const second = (state: State) => new Party(state, 1).perform();
export const third = (state: State) => new Party(state, 2).perform();
