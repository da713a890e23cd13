/**
 * The state machine of Once and OnceCell: something that is decided once, by one
 * thread, while the others wait.
 *
 * *Words* · 4 STATE: PARKED in bit 31, OVER in bit 30, the rest below · 5 FAILURES:
 * how many there were · 6 LENGTH: of the payload, in bytes · 7 CAPACITY: of a value,
 * in bytes; the maker's · from 16 the payload: the value, or the failure. Whom STATE
 * names writes 5, 6 and the payload.
 *
 * *States* of STATE
 *
 * | OVER | rest | means |
 * | --- | --- | --- |
 * | 0 | 0 | open: whoever comes takes the turn |
 * | 0 | id | that thread has the turn |
 * | 1 | 0 | done, for good |
 * | 1 | all ones | who had the turn died: poisoned |
 * | 1 | n | the n-th failure, which is in the payload, stands: poisoned, or the outcome |
 *
 * What the failure of a turn leads to is an option: `retry` opens it again, `poison`
 * lets it stand until somebody forces a turn, `replay` lets it stand for good.
 *
 * *Invariants* · I1: a sleeper implies PARKED; whoever ends a turn clears it, whoever
 * takes one keeps it: who waits for the end sleeps on. I2: one thread at a time has
 * the turn, and only its end, or its death, ends it. I3: when it is done, neither
 * STATE nor the payload changes. I4: a failure that was read is whole if STATE, with
 * its number, was the same before and after.
 *
 * *Progress* · The end of a turn is one exchange; it sees PARKED and wakes all, so no
 * wake is lost. All then compete for the next turn, if there is one. If who has the
 * turn is dead, whoever waits ends it, by one compareExchange: they look before they
 * first park and once a slice. An awaiting waiter takes the turn only when its thread
 * is not blocked. There is no order among waiters.
 *
 * *Source* · Go's `sync.Once` and `OnceValue`, Rust's `Once`, `OnceLock` and their
 * poisoning, `std::call_once` of C++. Python has none; the death of who has the turn
 * is this project's own.
 *
 * @module
 */

import { untilPasses } from "./_broadcast.ts";
import { decodeFailure, encodeFailure, FAILURE_BYTES } from "./_failure.ts";
import {
  type AsyncWaitOptions,
  block,
  type Body,
  PROMPT,
  settle,
  STOPPED,
  type WaitOptions,
  wake,
} from "./_park.ts";
import {
  OWN,
  OWN_FLAG,
  recordFlags,
  recordKind,
  refuseStray,
  type Words,
} from "./_record.ts";
import { isDead } from "./_roster.ts";
import { ID_MASK, threadId } from "./_thread_id.ts";
import { flag, show, waitOptions } from "./_validate.ts";
import { DeadlockError, SyncStateError, TimeoutError } from "./errors.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * What comes of a function that throws, after its caller got the error. `"retry"`: the next
 * call, or one that waits, runs its own function. `"poison"`: calls throw a SyncStateError,
 * until one says `force: true`; so does the death of the thread. `"replay"`: the error is
 * the outcome, and all calls throw it, rebuilt from name, message and code.
 */
export type OnError = "retry" | "poison" | "replay";

/** How long a blocking call waits, and whether it tries what is poisoned. */
export interface OnceWaitOptions extends WaitOptions {
  /** Tries again though it is poisoned; success clears that. False if left out. */
  force?: boolean;
}

/** How long an awaited call waits, and whether it tries what is poisoned. */
export interface AsyncOnceWaitOptions extends AsyncWaitOptions {
  /** Tries again though it is poisoned; success clears that. False if left out. */
  force?: boolean;
}

/** The word that says how it stands, and the one with the maker's capacity. */
export const STATE = OWN, CAPACITY = OWN + 3;
const FAILURES = OWN + 1, LENGTH = OWN + 2, PAYLOAD = 16;
const PARKED = 1 << 31, OVER = 1 << 30;
/** The STATE of what is done. */
export const DONE = OVER;
const OPEN = 0, DIED = OVER | ID_MASK, FAILURE_MASK = 0xfffffff;

const POISON = OWN_FLAG, REPLAY = OWN_FLAG << 1;
const MODES: Readonly<Record<OnError, number>> = {
  retry: 0,
  poison: POISON,
  replay: REPLAY,
};

/** The flags of a record with this option. */
export function flagsOf(action: string, onError: OnError = "retry"): number {
  if (Object.hasOwn(MODES, onError)) return MODES[onError];
  throw new TypeError(
    `Cannot ${action}: 'onError' must be "retry", "poison" or "replay", received ${
      show(onError)
    }`,
  );
}

/** The bytes of a record with these flags that has room for so large a value. */
export function bytesFor(flags: number, capacity: number): number {
  const room = flags & (POISON | REPLAY) ? FAILURE_BYTES : 0;
  return PAYLOAD * 4 + Math.ceil(Math.max(capacity, room) / 64) * 64;
}

/** The options of a call, checked. */
export function turnOptions(
  action: string,
  wait: number | OnceWaitOptions | AsyncOnceWaitOptions | undefined,
  awaits: boolean,
): AsyncOnceWaitOptions {
  const options: AsyncOnceWaitOptions = waitOptions(action, wait, awaits);
  flag(action, "force", options.force);
  return options;
}

/** A method, for messages: what it tries, and its twin that awaits. */
export interface Call {
  readonly action: string;
  readonly instead: string;
}

/** What a call wants: to see the end; the turn; the turn even of what is poisoned. */
type Wish = "end" | "turn" | "force";

/** What it finds: nothing is left to do; it has the turn; another has it, or nobody yet. */
type Found = "done" | "mine" | "pending";

/** A view of the state. */
export class OnceState {
  readonly #words: Words;

  constructor(words: Words) {
    this.#words = words;
  }

  /** Whether it is done. */
  get isDone(): boolean {
    return Atomics.load(this.#words, STATE) === DONE;
  }

  /** The bytes that were written last: once it is done, the value. */
  get payload(): Uint8Array<ArrayBuffer> {
    const words = this.#words, length = Atomics.load(words, LENGTH);
    const copy = Int32Array.from(
      { length: length + 3 >> 2 },
      (_, i) => Atomics.load(words, PAYLOAD + i),
    );
    return new Uint8Array(copy.buffer, 0, length);
  }

  /** How it stands; a snapshot. */
  toString(): string {
    const value = Atomics.load(this.#words, STATE) & ~PARKED;
    if (value === DONE) return "done";
    if ((value & OVER) === 0) return value === OPEN ? "open" : "running";
    return this.#poisons ? "poisoned" : "failed";
  }

  /** Sees to it that it is done: by what this call makes, or another one. */
  run(call: Call, options: AsyncOnceWaitOptions, make: () => Bytes): void {
    const wish = options.force ? "force" : "turn";
    let found = this.take(call, wish);
    if (found === "pending") {
      const body = this.#until(call, wish, options.timeout !== 0);
      found = block(body, options, call.action, call.instead);
    }
    if (!hasTurn(call, found)) return;
    let bytes: Bytes;
    try {
      bytes = make();
    } catch (error) {
      this.#fail(error);
      throw error;
    }
    this.finish(bytes);
  }

  /** Does like `run`, without blocking the thread. */
  async runAsync(
    call: Call,
    options: AsyncOnceWaitOptions,
    make: () => Promise<Bytes>,
  ): Promise<void> {
    const wish = options.force ? "force" : "turn";
    let found = this.take(call, wish);
    if (found === "pending") {
      found = await settle(this.#until(call, wish, false), options);
    }
    if (!hasTurn(call, found)) return;
    let bytes: Bytes;
    try {
      bytes = await make();
    } catch (error) {
      this.#fail(error);
      throw error;
    }
    this.finish(bytes);
  }

  /** Blocks until it is done; false if the time is up. */
  wait(call: Call, options: AsyncOnceWaitOptions): boolean {
    if (this.take(call, "end") === "done") return true;
    const body = this.#until(call, "end", options.timeout !== 0);
    return block(body, options, call.action, call.instead) === "done";
  }

  /** Waits like `wait`, without blocking the thread. */
  async waitAsync(call: Call, options: AsyncOnceWaitOptions): Promise<boolean> {
    return await settle(this.#until(call, "end", false), options) === "done";
  }

  /** Does not wait; throws the failure that stands, if one does. */
  take(call: Call, wish: Wish): Found {
    const words = this.#words;
    refuseStray(words, recordKind(words));
    for (;;) {
      const value = Atomics.load(words, STATE), rest = value & ~PARKED;
      if (rest === DONE) return "done";
      if (isOver(rest) && !(this.#poisons && wish === "force")) {
        const { payload } = this;
        if (Atomics.load(words, STATE) !== value) continue;
        throw this.#failure(call, rest, payload);
      }
      if (!isFree(value) || wish === "end") return "pending";
      const next = value & PARKED | threadId();
      if (Atomics.compareExchange(words, STATE, value, next) === value) {
        return "mine";
      }
    }
  }

  /** Ends the turn of the caller: it is done, and the bytes are the value. */
  finish(bytes: Bytes): void {
    this.#write(bytes);
    this.#end(DONE);
  }

  get #poisons(): boolean {
    return (recordFlags(this.#words) & POISON) !== 0;
  }

  *#until(call: Call, wish: Wish, blocks: boolean): Body<Found> {
    const passes = wish === "end" ? isOver : isFree;
    // What takes the turn must not be answered when its thread is about to block.
    const manner = wish === "end" ? PROMPT : 0;
    for (;;) {
      const found = this.take(call, wish);
      if (found !== "pending") return found;
      if (blocks) this.#refuseOwn(call);
      const passed = yield* untilPasses(
        this.#words,
        STATE,
        PARKED,
        passes,
        (value) => this.#inherit(value),
        manner,
      );
      if (passed !== true) return passed === STOPPED ? STOPPED : "pending";
    }
  }

  #refuseOwn({ action, instead }: Call): void {
    const owner = Atomics.load(this.#words, STATE) & ~PARKED;
    if (owner !== threadId()) return;
    throw new DeadlockError(
      `Cannot ${action} by blocking: it is running in this thread, and cannot end meanwhile. Use ${instead}() outside of its function`,
    );
  }

  /** Ends the turn of a thread that died. */
  #inherit(value: number): void {
    if (isOver(value) || !isDead(value & ID_MASK)) return;
    const next = this.#poisons ? DIED : OPEN, words = this.#words;
    const found = Atomics.compareExchange(words, STATE, value, next);
    if (found === value && (value & PARKED) !== 0) wake(words, STATE);
  }

  #fail(thrown: unknown): void {
    const words = this.#words;
    if ((recordFlags(words) & (POISON | REPLAY)) === 0) return this.#end(OPEN);
    this.#write(encodeFailure(thrown));
    const failures = Atomics.add(words, FAILURES, 1) & FAILURE_MASK;
    this.#end(OVER | failures + 1);
  }

  #write(bytes: Bytes): void {
    const padded = new Int32Array(bytes.length + 3 >> 2);
    new Uint8Array(padded.buffer).set(bytes);
    padded.forEach((word, i) => Atomics.store(this.#words, PAYLOAD + i, word));
    Atomics.store(this.#words, LENGTH, bytes.length);
  }

  #end(next: number): void {
    const value = Atomics.exchange(this.#words, STATE, next);
    if ((value & PARKED) !== 0) wake(this.#words, STATE);
  }

  #failure({ action }: Call, state: number, payload: Bytes): unknown {
    const poisoned = `Cannot ${action}: it was poisoned`;
    if (state === DIED) {
      return new SyncStateError(`${poisoned}: the thread that ran it died`);
    }
    const { thrown, text } = decodeFailure(payload);
    return this.#poisons
      ? new SyncStateError(`${poisoned}: ${text}`, { cause: thrown })
      : thrown;
  }
}

function isOver(value: number): boolean {
  return (value & OVER) !== 0;
}

function isFree(value: number): boolean {
  return isOver(value) || (value & ID_MASK) === 0;
}

function hasTurn({ action }: Call, found: Found): boolean {
  if (found !== "pending") return found === "mine";
  throw new TimeoutError(`Cannot ${action}: the timeout passed`);
}

/** The result of a function that must be done when it returns. */
export function syncOnly<T>(
  { action, instead }: Call,
  fn: string,
  result: T,
): T {
  if (typeof (result as PromiseLike<unknown> | null)?.then !== "function") {
    return result;
  }
  throw new TypeError(
    `Cannot ${action}: '${fn}' returned a promise: use ${instead}()`,
  );
}
