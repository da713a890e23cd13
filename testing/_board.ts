/**
 * The board: the memory in which an execution is scheduled.
 *
 * Everything that the scheduler knows stands here, so that whoever has the turn
 * can choose who is next: a model thread that goes on needs no hand-over, and
 * one that gives way hands over to the next directly.
 *
 * *Words* · a header (indices below), a block per thread, the wait list, the
 * nodes. Only TURN is touched by Atomics: all else belongs to whoever has the turn.
 *
 * *States* of a TURN word (one per thread, one for the controller)
 *
 * | TURN | means | → by |
 * | --- | --- | --- |
 * | AWAY | it is not its turn | MINE, who hands over; ASLEEP, itself |
 * | ASLEEP | the same, and it sleeps | MINE and a notify, who hands over |
 * | MINE | it runs | AWAY, itself |
 *
 * *Invariants*
 * - I1: at most one TURN is MINE; who hands over touches nothing afterwards.
 *
 * *Progress* · a thread that waits for its turn looks for some microseconds, then
 * sleeps.
 *
 * *Source* · this project's.
 *
 * @module
 */

import { cores, native } from "./_native.ts";

/** The most threads that a model may have. */
export const MOST_THREADS = 8;

/** Header words, kept from one execution to the next: the plan. */
export const THREADS = 0, MODE = 1, BOUND = 2, PREFIX = 3, MOST_STEPS = 4;
/** Header words: the flags, and how many faults an execution may have. */
export const FLAGS = 5, DEATHS = 6, ZOMBIES = 7, SPURIOUS = 8;
/** Header words: the random strategies. */
export const SEED = 9, RUN = 10, RUNS = 11, DEPTH = 12, LONGEST = 13;
/** Header words: what was counted. */
export const EXECUTIONS = 14, STEPS_SUM = 15, GREW = 16, ENDS = 17;
/** Header words: how often memory was changed, in all executions. */
export const CHANGES = 18;
/** Header words: where the execution stands. The faults left, in the order above. */
export const REASON = 32, STEPS = 33, CURRENT = 34, FREE = 35, FAULTS_LEFT = 36;
/** Header words: progress, and who sleeps in the search. */
export const PREEMPTIONS = 39, QUIET = 40, IDLE_ROUNDS = 41, SLEEPING = 42;
/** Header words: unwinding, order in the wait list, its high-water mark, length of the record. */
export const ABORT = 43, ORDER = 44, ENTRIES = 45, TEXT = 46, RANDOM = 47;
/** Header words: the lowest priority given, the place in a schedule that is followed. */
export const LOWEST = 48, FOLLOWED = 49;
/** Header words: timeouts that fired early; spins that may still be run to their end. */
export const EARLY = 64, STUBBORN_LEFT = 65;
/** Header words: the steps at which PCT lets a thread fall behind. */
export const CHANGE_POINTS = 50, MOST_CHANGES = 14;

/** FLAGS: timeouts are choices; the invariant is checked; operations are recorded; two kinds of reduction; node signatures are compared. */
export const EXPLORE = 1, CHECKED = 2, TRACED = 4, SLEEP_SETS = 8, LOCAL = 16;
/** FLAGS: a schedule is followed as far as it fits. */
export const LENIENT = 32, COMPARED = 64;
/** FLAGS: the controller wants the turn after each execution; each record is an end of its own. */
export const ONCE = 128, RECORDED = 256;

/** MODE: how choices are made. */
export const DFS = 0, FOLLOW = 1, PCT = 2, WALK = 3;

/** REASON: why the controller has the turn. */
export const ENDED = 1,
  STUCK = 2,
  FAILED = 3,
  CHECK = 4,
  LIMIT = 5,
  LIVELOCK = 6;
/** REASON: the execution is another's twin; it cannot be repeated; a thread has left. */
export const REDUNDANT = 7, DIFFERENT = 8, UNWOUND = 9;
/** REASON: all executions of the plan are done; the time is over. */
export const EXHAUSTED = 10, PAUSED = 11;

const HEADER = 72;
/** Words of a thread's block. */
export const STATUS = 0, OP = 1, PLACE = 2, SIZE = 3, YIELDED = 4, RESULT = 5;
/** Words of a thread's block. */
export const ARRIVED = 6,
  FIRE = 7,
  LATE = 8,
  REPEATS = 9,
  LAST = 10,
  LOADS = 11;
/** Words of a thread's block. */
export const PRIORITY = 12, SOON = 13, PAUSES = 14;
/** Words of a thread's block: early timeouts in a row; operations for which it may spin on; after which change it was asked whether to. */
export const EXPIRIES = 15, STUBBORN = 16, ASKED = 17;
const BLOCK = 20;

/** STATUS: where a thread stands. */
export const FRESH = 0, READY = 1, BLOCKED = 2, IDLE = 3, DONE = 4, DEAD = 5;

/** Words of an entry of the wait list. */
export const STATE = 0,
  WORD = 1,
  WAITER = 2,
  TICKET = 3,
  ARRIVAL = 4,
  VALUE = 5;
const ENTRY = 6, MOST_ENTRIES = 512;
/** STATE of an entry. */
export const NONE = 0, WAITING = 1, NOTIFIED = 2, TIMED_OUT = 3;

/** Words of a node: a choice of the execution. */
export const OPTIONS = 0, TRIED = 1, CHOSEN = 2, ASLEEP_SET = 3, SIGNATURE = 4;
/** Words of a node: what a schedule asks for there. */
export const WANTED = 5;
/** How long a node is. */
export const NODE = 6;

/** What a thread is about to do. */
export const OPS = [
  "start",
  "load",
  "store",
  "add",
  "sub",
  "and",
  "or",
  "xor",
  "exchange",
  "compareExchange",
  "wait",
  "waitAsync",
  "notify",
  "pause",
  "resume",
  "deliver",
] as const;
/** The name of an operation. */
export type Op = typeof OPS[number];
/** OP words. */
export const START = 0, LOAD = 1, STORE = 2, WAIT = 10, WAIT_ASYNC = 11;
/** OP words. */
export const NOTIFY = 12, PAUSE = 13, RESUME = 14, DELIVER = 15;

/** Bits of a choice: thread t runs, at t; the timer of thread t fires, at TIMER + t. */
export const TIMER = 8;
/** Bits of a choice: the thread at its point dies. */
export const DIE = 16;
/** Bits of a choice that a wait makes: it sleeps; and is late when woken; times out; wakes for nothing; its thread dies asleep. */
export const SLEEP = 17, SLEEP_LATE = 18, TIME_OUT = 19, WAKE = 20, ZOMBIE = 21;

/** ABORT: threads unwind; threads leave. */
export const UNWIND = 1, LEAVE = 2;

const AWAY = 0, MINE = 1, ASLEEP = -1;
/** How often a thread looks for its turn before it sleeps, where each has a core; else. */
const MANY_LOOKS = 5000, FEW_LOOKS = 1000;

/** The memory of a board; it can be posted. */
export interface BoardMemory {
  readonly words: SharedArrayBuffer;
  readonly text: SharedArrayBuffer;
  /**
   * Per word of the program: which threads have read and written it, in any execution; then,
   * per word, after which change threads have looked at it, and which.
   */
  readonly access: SharedArrayBuffer;
  /** The bytes of the program before each execution; then the ends that were judged. */
  readonly first: SharedArrayBuffer;
}

/** How many different ends are remembered. */
export const MOST_ENDS = 4096;

/** Bytes for the record of one execution. */
const TEXT_BYTES = 4 << 20, LAST_WORDS = 1 << 18;
/** How many spins of an execution may be run to their end though others could run. */
const MOST_STUBBORN = 2;

/** A view of the board. */
export class Board {
  /** All words; see the indices above. */
  readonly words: Int32Array;
  /** When the timers of the threads are due; the deadlines of the entries; now; until. */
  readonly times: Float64Array;
  readonly access: Int32Array;
  /** See {@linkcode BoardMemory}. */
  readonly looked: Int32Array;
  readonly memory: BoardMemory;
  readonly #text: Uint8Array;
  readonly #turns: Int32Array;
  readonly #nodes: number;

  /** The memory for a program of so many threads, steps and bytes. */
  static allocate(steps: number, bytes: number): BoardMemory {
    const times = MOST_THREADS + MOST_ENTRIES + 2;
    const words = HEADER + MOST_THREADS * BLOCK + MOST_ENTRIES * ENTRY +
      (steps + 2) * NODE;
    return {
      words: new SharedArrayBuffer(times * 8 + 64 * 16 + words * 4),
      text: new SharedArrayBuffer(TEXT_BYTES),
      access: new SharedArrayBuffer((bytes + 8) * 2),
      first: new SharedArrayBuffer(bytes + MOST_ENDS * 8),
    };
  }

  constructor(memory: BoardMemory) {
    this.memory = memory;
    const times = MOST_THREADS + MOST_ENTRIES + 2;
    this.times = new Float64Array(memory.words, 0, times);
    // A cache line for each TURN.
    this.#turns = new Int32Array(memory.words, times * 8, 16 * 16);
    this.words = new Int32Array(memory.words, times * 8 + 64 * 16);
    const half = memory.access.byteLength / 2;
    this.access = new Int32Array(memory.access, 0, half >> 2);
    this.looked = new Int32Array(memory.access, half);
    this.#text = new Uint8Array(memory.text);
    this.#nodes = HEADER + MOST_THREADS * BLOCK + MOST_ENTRIES * ENTRY;
  }

  /** The first word of a thread's block. */
  thread(thread: number): number {
    return HEADER + thread * BLOCK;
  }

  /** The first word of an entry of the wait list. */
  entry(entry: number): number {
    return HEADER + MOST_THREADS * BLOCK + entry * ENTRY;
  }

  /** The first word of a node. */
  node(node: number): number {
    return this.#nodes + node * NODE;
  }

  /** Virtual time, in milliseconds. */
  get now(): number {
    return this.times[MOST_THREADS + MOST_ENTRIES]!;
  }
  set now(value: number) {
    this.times[MOST_THREADS + MOST_ENTRIES] = value;
  }

  /** The real time, as of Date.now, at which the controller wants the turn. */
  get until(): number {
    return this.times[MOST_THREADS + MOST_ENTRIES + 1]!;
  }
  set until(value: number) {
    this.times[MOST_THREADS + MOST_ENTRIES + 1] = value;
  }

  /** The deadline of an entry. */
  deadline(entry: number): number {
    return this.times[MOST_THREADS + entry]!;
  }
  /** Sets the deadline of an entry. */
  setDeadline(entry: number, value: number): void {
    this.times[MOST_THREADS + entry] = value;
  }

  /** Puts the board to the beginning of an execution. */
  reset(): void {
    const { words } = this;
    words.fill(0, this.entry(0), this.entry(words[ENTRIES]!));
    words.fill(0, REASON, HEADER + MOST_THREADS * BLOCK);
    words[CURRENT] = -1;
    for (let i = 0; i < 3; i++) words[FAULTS_LEFT + i] = words[DEATHS + i]!;
    words[STUBBORN_LEFT] = MOST_STUBBORN;
    this.times.fill(Infinity, 0, MOST_THREADS + MOST_ENTRIES);
    this.now = 1000;
  }

  /** A place in the wait list. */
  freeEntry(): number {
    const { words } = this;
    for (let i = 0; i < MOST_ENTRIES; i++) {
      if (words[this.entry(i) + STATE] !== NONE) continue;
      if (i >= words[ENTRIES]!) words[ENTRIES] = i + 1;
      return i;
    }
    throw new RangeError(`More than ${MOST_ENTRIES} waits at once`);
  }

  /** Adds a line to the record; false if it is full, but for a last word. */
  write(line: string, last = false): boolean {
    const length = this.words[TEXT]!;
    const bytes = new TextEncoder().encode(line + "\n");
    const room = this.#text.length - length - (last ? 0 : LAST_WORDS);
    if (bytes.length > room) return false;
    this.#text.set(bytes, length);
    this.words[TEXT] = length + bytes.length;
    return true;
  }

  /** The first bytes of the record. */
  record(length: number): Uint8Array {
    return this.#text.subarray(0, length);
  }

  /** The lines of the record. */
  lines(): string[] {
    const bytes = this.record(this.words[TEXT]!).slice();
    return new TextDecoder().decode(bytes).split("\n").slice(0, -1);
  }

  /** Hands the turn over; the controller's number is the number of threads. */
  give(to: number): void {
    const was = native.exchange(this.#turns, to * 16, MINE);
    if (was === ASLEEP) native.notify(this.#turns, to * 16);
  }

  /** Waits for the turn; false if it does not come within so many milliseconds. */
  take(me: number, timeout = Infinity): boolean {
    const turns = this.#turns, word = me * 16;
    const looks = this.words[THREADS]! <= cores ? MANY_LOOKS : FEW_LOOKS;
    for (let i = 0; i < looks; i++) {
      if (native.load(turns, word) === MINE) break;
    }
    if (native.compareExchange(turns, word, AWAY, ASLEEP) === AWAY) {
      while (native.load(turns, word) === ASLEEP) {
        if (native.wait(turns, word, ASLEEP, timeout) === "timed-out") {
          return false;
        }
      }
    }
    native.store(turns, word, AWAY);
    return true;
  }
}
