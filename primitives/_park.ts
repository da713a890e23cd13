/**
 * Waiting: the only file that sleeps, wakes, spins or looks at a clock.
 *
 * A primitive writes its slow path once, as a generator (a {@linkcode Body})
 * that yields what it waits for; {@linkcode block} runs it by blocking,
 * {@linkcode settle} by awaiting.
 *
 * *Requests* · `spin(view, index, done)`: look at the word until `done` says so, for
 * a while, and never sleep. `done` may take what it sees: between its look and the
 * body's own the word would be gone again. `park(view, index, value)`: sleep while
 * that word holds that value.
 *
 * *Signals*, the answers · OK: done; or woken, or the word differs: try again. EXPIRED:
 * the deadline has passed. RECHECK: a slice has passed; try again, as the waker
 * may have died between its change and its notify. STOP: the thread, the token
 * or the signal wants the wait to end. WITHDRAW: the realm is about to block,
 * and must not be the one that a hand-over waits for.
 *
 * *Invariants*
 * - I1: EXPIRED and STOP come only where a body is about to park. It makes one
 *   last attempt, and success wins; else it returns, STOPPED after a STOP.
 * - I2: a body is never thrown into. It leaves shared words as if it had never
 *   come, and then returns or throws.
 * - I3: an await cannot be taken back, and a word may have awaits of waits that
 *   are long over: whoever wakes awaiting waits wakes all of that word.
 * - I4: a realm that is about to block first returns what was handed to its
 *   waits and not yet delivered.
 *
 * *Source* · the two drivers are this project's own. Spinning with exponential
 * back-off between looks is Agarwal and Cherian, "Adaptive backoff
 * synchronization techniques" (1989).
 *
 * @module
 */

import { realm, type Sleeper } from "./_realm.ts";
import type { Words } from "./_record.ts";
import { CancelledError, WouldBlockError } from "./errors.ts";

/** What a token must have for a wait to see it. */
export interface Cancellable {
  /** Whether the token is cancelled; read from any thread. */
  readonly isCancelled: boolean;
}

/** How long a blocking method waits, and what ends it early. */
export interface WaitOptions {
  /** The longest wait, in milliseconds; for ever if left out, one attempt if 0. */
  timeout?: number;
  /** Ends the wait with a CancelledError within 20 ms after it is cancelled. */
  token?: Cancellable;
  /** Not for a blocking method: a blocked thread cannot see an AbortSignal. */
  signal?: never;
}

/** How long an awaited method waits, and what ends it early. */
export interface AsyncWaitOptions {
  /** The longest wait, in milliseconds; for ever if left out, one attempt if 0. */
  timeout?: number;
  /** Rejects the wait with `signal.reason` when it is aborted. */
  signal?: AbortSignal;
  /** Ends the wait with a CancelledError within 20 ms after it is cancelled. */
  token?: Cancellable;
}

/** How a wait is driven: the options of its method, and what only the library asks for. */
export interface Terms extends AsyncWaitOptions {
  /** Whether nothing ends the wait early, not even the thread's stop. */
  readonly patient?: boolean;
}

/** What a driver answers. */
export type Signal = 0 | 1 | 2 | 3 | 4;
/** Woken, or the word differs. */
export const OK = 0;
/** The deadline has passed. */
export const EXPIRED = 1;
/** A slice has passed. */
export const RECHECK = 2;
/** The wait is to end. */
export const STOP = 3;
/** The realm is about to block: leave the queue until it runs again. */
export const WITHDRAW = 4;

/** What a body returns after a STOP, when its last attempt failed. */
export const STOPPED: unique symbol = Symbol("stopped");

/** How a wait spins: looks, and the longest pause between two of them. */
export interface SpinPolicy {
  /** How often it looks. */
  readonly looks: number;
  /** The pauses between looks double from 1 up to this. */
  readonly longest: number;
}

/** For a lock: 447 pauses, about 9 µs. */
export const SPIN_LOCK: SpinPolicy = { looks: 12, longest: 64 };
/** For what another thread is about to do: 703 pauses, about 15 µs. */
export const SPIN_EVENT: SpinPolicy = { looks: 16, longest: 64 };
/** For what is about to come to this thread alone, on a word that nobody else looks at: about 15 µs. */
export const SPIN_OWN: SpinPolicy = { looks: 178, longest: 4 };
/** The same, for as long as it takes to wake a thread: about 60 µs. */
export const SPIN_WAKE: SpinPolicy = { looks: 700, longest: 4 };
/** For parties that all run at once: about 42 µs. */
export const SPIN_PHASE: SpinPolicy = { looks: 2000, longest: 1 };

/** What a body yields. */
export interface Request {
  /** The policy of a spin; undefined in a park. */
  readonly spin: SpinPolicy | undefined;
  readonly view: Words;
  readonly index: number;
  /** The value of the word that a park sleeps on. */
  readonly value: number;
  /** What a spin looks for, and may take. */
  readonly done: ((value: number) => boolean) | undefined;
  /** Of `PATIENT`, `WITHDRAWABLE`, `PROMPT`, `IDLE`, `HASTY`. */
  readonly manner: number;
}

/** A park that neither a deadline nor a stop ends. */
export const PATIENT = 1;
/** A park that is answered WITHDRAW before its realm blocks. */
export const WITHDRAWABLE = 2;
/** An awaited park that is answered before its realm blocks, if its word differs. */
export const PROMPT = 4;
/** An awaited park that only a limit ends: it awaits no word. */
export const IDLE = 8;
/** A park that is answered RECHECK after 20 ms. */
export const HASTY = 16;

/** A slow path. */
export type Body<T> = Generator<Request, T | typeof STOPPED, Signal>;

/** Asks to look until `done` is true of the word, for as long as the policy says. */
export function spin(
  view: Words,
  index: number,
  policy: SpinPolicy,
  done: (value: number) => boolean,
): Request {
  return { spin: policy, view, index, value: 0, done, manner: 0 };
}

/** Asks to sleep while the word holds the value. */
export function park(
  view: Words,
  index: number,
  value: number,
  manner = 0,
): Request {
  return { spin: undefined, view, index, value, done: undefined, manner };
}

/** Wakes up to `count` of those who sleep on the word; all, where any of them may be awaiting (I3). */
export function wake(view: Words, index: number, count = Infinity): number {
  return Atomics.notify(view, index, count);
}

const TOKEN_SLICE = 20;
const TIMER_MAX = 0x7fffffff;

/** Whether this thread is asked to end. */
function threadStops(): boolean {
  return realm.stop !== undefined && Atomics.load(realm.stop, 0) !== 0;
}

/** The error that ends a wait of a stopped thread, in a cancelled scope or with a cancelled token. */
export function cancellation(
  token: Cancellable | undefined,
): Error | undefined {
  if (token?.isCancelled) return new CancelledError("The token was cancelled");
  if (realm.scope?.isCancelled) {
    return new CancelledError("The scope of the thread was cancelled");
  }
  if (threadStops()) return new CancelledError("The thread was stopped");
  return undefined;
}

/** Pauses between two looks; a thread that shares the core of the one it waits for must not hurry. */
function pause(times: number): void {
  for (let i = 0; i < times; i++) Atomics.pause?.();
}

/** Looks at the word as the policy says; OK if it is done. */
function look(request: Request): typeof OK | typeof RECHECK {
  const { view, index, done, spin } = request;
  const looks = Math.min(realm.looks ?? Infinity, spin!.looks);
  for (let n = 0, pauses = 1; n < looks; n++) {
    if (done!(Atomics.load(view, index))) return OK;
    pause(pauses);
    pauses = Math.min(pauses * 2, spin!.longest);
  }
  return RECHECK;
}

/** Looks at a word as the policy says, in a thread that awaits and is about to be answered; true if it is done. */
export function linger(
  view: Words,
  index: number,
  policy: SpinPolicy,
  done: (value: number) => boolean,
): boolean {
  return look(spin(view, index, policy, done)) === OK;
}

/** Whether `Atomics.wait` is allowed in this realm. */
function canBlock(): boolean {
  if (realm.canBlock === undefined) {
    try {
      // The value differs: this sleeps nowhere, and throws where it may not.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
      realm.canBlock = true;
    } catch {
      realm.canBlock = false;
    }
  }
  return realm.canBlock;
}

/** Throws where blocking is forbidden; `instead` is what to await there. */
export function refuseBlocking(action: string, instead: string): void {
  if (canBlock()) return;
  throw new WouldBlockError(
    `Cannot ${action} by blocking: this thread must not block; await ${instead}() instead`,
  );
}

/**
 * Runs a slow path by blocking the thread.
 *
 * @param action What is tried, for messages, such as "acquire Lock".
 * @param instead The method to use where blocking is forbidden.
 */
export function block<T>(
  body: Body<T>,
  { timeout = Infinity, token, patient = false }: Terms,
  action: string,
  instead: string,
): T {
  if (timeout > 0) refuseBlocking(action, instead);
  try {
    return runBlocking(body, timeout, token, patient);
  } finally {
    if (realm.slept) {
      realm.slept = false;
      for (const sleeper of awaiting()) sleeper.afterBlock?.();
    }
  }
}

function runBlocking<T>(
  body: Body<T>,
  timeout: number,
  token: Cancellable | undefined,
  patient: boolean,
): T {
  let deadline: number | undefined;
  let reason: unknown;
  let signal: Signal = OK;
  for (;;) {
    const step: IteratorResult<Request, T | typeof STOPPED> = body.next(signal);
    if (step.done) {
      if (step.value === STOPPED) throw reason;
      return step.value as T;
    }
    const request = step.value;
    signal = OK;
    if (request.spin !== undefined) {
      signal = timeout > 0 ? look(request) : RECHECK;
      continue;
    }
    const hasty = (request.manner & HASTY) !== 0;
    let sleep = hasty ? TOKEN_SLICE : realm.slice;
    if (!patient && (request.manner & PATIENT) === 0) {
      // One attempt is no wait that could be cancelled.
      if (timeout > 0 && (reason = cancellation(token)) !== undefined) {
        signal = STOP;
        continue;
      }
      let left = timeout;
      if (timeout > 0 && timeout !== Infinity) {
        deadline ??= performance.now() + timeout;
        left = deadline - performance.now();
      }
      if (left <= 0) {
        signal = EXPIRED;
        continue;
      }
      const watched = (token ?? realm.scope) !== undefined;
      sleep = Math.min(sleep, left, watched ? TOKEN_SLICE : sleep);
    }
    signal = sleepOn(request, sleep);
  }
}

/** Those of this realm that await now; mostly there are none. */
function awaiting(): readonly Sleeper[] {
  return realm.sleepers.size === 0 ? NOBODY : [...realm.sleepers];
}

const NOBODY: readonly Sleeper[] = [];

/** Sleeps for at most so long, with the awaiting tasks of the realm out of everybody's way (I4). */
function sleepOn(
  { view, index, value }: Request,
  milliseconds: number,
): Signal {
  realm.slept = true;
  for (const sleeper of awaiting()) sleeper.beforeBlock?.();
  return Atomics.wait(view, index, value, milliseconds) === "timed-out"
    ? RECHECK
    : OK;
}

/**
 * Runs a slow path that is a part of other operations, whichever face they have: what it
 * waits for ends soon, and without any task of this realm. Where blocking is forbidden
 * it spins.
 */
export function brief<T>(body: Body<T>): T {
  let signal: Signal = OK;
  for (;;) {
    const step: IteratorResult<Request, T | typeof STOPPED> = body.next(signal);
    if (step.done) return step.value as T;
    const { spin, view, index, value } = step.value;
    if (spin !== undefined) signal = look(step.value);
    else if (canBlock()) {
      const slept = Atomics.wait(view, index, value, realm.slice);
      signal = slept === "timed-out" ? RECHECK : OK;
    } else {
      pause(SPIN_LOCK.longest);
      signal = RECHECK;
    }
  }
}

/** How much is left of the time for a wait that has several parts, in milliseconds. */
export function countdown(timeout: number = Infinity): () => number {
  if (timeout === Infinity) return () => Infinity;
  const deadline = performance.now() + timeout;
  return () => Math.max(0, deadline - performance.now());
}

/** Keeps the process alive, and lets every sleeper of the realm look around once a slice. */
export function keepAlive(): void {
  if (realm.awaiting++ > 0) return;
  realm.timer = setInterval(() => {
    for (const sleeper of awaiting()) sleeper.tick();
  }, Math.min(realm.slice, TIMER_MAX));
}

/** Ends what {@linkcode keepAlive} began. */
export function letEnd(): void {
  if (--realm.awaiting > 0) return;
  clearInterval(realm.timer);
  realm.timer = undefined;
}

/** What ends an awaited wait early: its deadline, its signal, its token, its thread's stop. */
export class Limits {
  readonly #options: Terms;
  readonly #fire: () => void;
  #deadline: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #aborted = false;

  /** `fire` is called, as often as it may be, when {@linkcode Limits.verdict} may have changed. */
  constructor(options: Terms, fire: () => void) {
    this.#options = options;
    this.#fire = fire;
    options.signal?.addEventListener("abort", this.#onAbort);
  }

  /** Why the wait ends: OK means that it does not. */
  get verdict(): typeof OK | typeof EXPIRED | typeof STOP {
    if (this.#options.patient) return OK;
    const { timeout, token } = this.#options;
    if (this.#aborted) return STOP;
    if (timeout !== 0 && cancellation(token) !== undefined) return STOP;
    return this.#left() <= 0 ? EXPIRED : OK;
  }

  /** What a stopped wait rejects with. */
  get reason(): unknown {
    const { signal, token } = this.#options;
    return this.#aborted ? signal!.reason : cancellation(token);
  }

  /** Starts the clock, at the first park. */
  start(): void {
    const watched = (this.#options.token ?? realm.scope) !== undefined;
    const left = Math.min(this.#left(), watched ? TOKEN_SLICE : Infinity);
    if (left === Infinity || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      // Timers may be early, and long delays come in parts.
      if (this.verdict === OK) this.start();
      else this.#fire();
    }, Math.min(Math.max(left, 0), TIMER_MAX));
  }

  /** Ends the clock and the listener. */
  end(): void {
    clearTimeout(this.#timer);
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
  }

  readonly #onAbort = () => {
    this.#aborted = true;
    this.#fire();
  };

  #left(): number {
    const { timeout = Infinity } = this.#options;
    if (timeout === Infinity) return Infinity;
    this.#deadline ??= performance.now() + timeout;
    return this.#deadline - performance.now();
  }
}

/** One `waitAsync`, and who in this realm has an ear to it. */
interface Await {
  readonly value: number;
  readonly sleepers: Set<{ wake(signal: Signal): void }>;
}

/**
 * The await on a word that holds the value; undefined if it holds another. The
 * tasks of a realm share it, and those that come later: a wait that ends early
 * leaves its await behind, and thousands of those would pile up on a quiet word.
 */
function awaitWord({ view, index, value }: Request): Await | undefined {
  let words = realm.awaits.get(view.buffer);
  if (!words) realm.awaits.set(view.buffer, words = new Map());
  const word = (view.byteOffset >> 2) + index;
  const old: Await | undefined = words.get(word);
  if (old?.value === value) {
    return Atomics.load(view, index) === value ? old : undefined;
  }
  const { async, value: woken } = Atomics.waitAsync(view, index, value);
  if (!async) return undefined;
  const fresh: Await = { value, sleepers: new Set() };
  words.set(word, fresh);
  woken.then(() => {
    if (words.get(word) === fresh) words.delete(word);
    for (const sleeper of [...fresh.sleepers]) sleeper.wake(OK);
  });
  return fresh;
}

/** Calls back, soon and once, when the word does not hold the value any more; keeps nothing alive meanwhile. */
export function whenMoved(
  view: Words,
  index: number,
  value: number,
  callback: () => void,
): void {
  const fresh = awaitWord(park(view, index, value));
  if (fresh === undefined) queueMicrotask(callback);
  else fresh.sleepers.add({ wake: callback });
}

/** Runs a slow path by awaiting. See {@linkcode settle}. */
export class Settlement<T> implements Sleeper {
  readonly promise: Promise<T>;
  readonly #body: Body<T>;
  readonly #wanted: () => boolean;
  readonly #limits: Limits;
  #resolve!: (value: T) => void;
  #reject!: (reason: unknown) => void;
  /** Where the body is parked; undefined while it runs. */
  #at: Request | undefined;
  #await: Await | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #withdrawn = false;

  constructor(
    body: Body<T>,
    options: Terms,
    wanted: () => boolean = () => true,
  ) {
    this.#body = body;
    this.#wanted = wanted;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#limits = new Limits(options, () => this.wake(OK));
    realm.sleepers.add(this);
    this.#run(OK);
  }

  tick(): void {
    this.wake(RECHECK);
  }

  beforeBlock(): void {
    const at = this.#at;
    if (at === undefined || this.#withdrawn) return;
    if ((at.manner & WITHDRAWABLE) !== 0) {
      this.#withdrawn = true;
      this.wake(WITHDRAW);
    } else if ((at.manner & PROMPT) !== 0) {
      if (Atomics.load(at.view, at.index) !== at.value) this.wake(OK);
    }
  }

  afterBlock(): void {
    if (!this.#withdrawn) return;
    this.#withdrawn = false;
    this.wake(OK);
  }

  /** Resumes the body, if it is parked. */
  wake(signal: Signal): void {
    if (this.#at === undefined) return;
    this.#at = undefined;
    clearTimeout(this.#timer);
    this.#await?.sleepers.delete(this);
    this.#await = undefined;
    this.#run(signal);
  }

  #run(signal: Signal): void {
    try {
      for (;;) {
        const step: IteratorResult<Request, T | typeof STOPPED> = this.#wanted()
          ? this.#body.next(signal)
          : this.#body.return(STOPPED);
        if (step.done) {
          this.#end();
          if (step.value !== STOPPED) this.#resolve(step.value as T);
          else this.#reject(this.#limits.reason);
          return;
        }
        const request = step.value;
        // A thread that awaits has better things to do than to spin.
        signal = RECHECK;
        if (request.spin !== undefined) continue;
        signal = OK;
        if ((request.manner & PATIENT) === 0 && !this.#withdrawn) {
          this.#limits.start();
          signal = this.#limits.verdict;
          if (signal !== OK) continue;
        }
        if (!this.#withdrawn && (request.manner & IDLE) === 0) {
          this.#await = awaitWord(request);
          if (this.#await === undefined) continue;
          this.#await.sleepers.add(this);
        }
        if ((request.manner & HASTY) !== 0) {
          this.#timer = setTimeout(() => this.wake(RECHECK), TOKEN_SLICE);
        }
        this.#at = request;
        return;
      }
    } catch (error) {
      this.#end();
      this.#reject(error);
    }
  }

  #end(): void {
    realm.sleepers.delete(this);
    this.#limits.end();
  }
}

/** Runs a slow path by awaiting; the process lives on until it has settled. */
export async function settle<T>(
  body: Body<T>,
  options: Terms,
): Promise<T> {
  options.signal?.throwIfAborted();
  keepAlive();
  try {
    return await new Settlement(body, options).promise;
  } finally {
    letEnd();
  }
}
