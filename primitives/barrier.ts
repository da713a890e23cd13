/**
 * Barrier: parties that go on together, again and again.
 *
 * Words, states, invariants and progress are those of `_phase.ts`; this file is
 * the face of it.
 *
 * *Source* · Python's `threading.Barrier`. Differences: `Infinity` overrides the
 * barrier's own timeout; the error has a reason.
 *
 * @module
 */

import {
  type AsyncWaitOptions,
  block,
  refuseBlocking,
  settle,
  type WaitOptions,
} from "./_park.ts";
import { ABORTED, fillPhase, Phase } from "./_phase.ts";
import {
  attachedWords,
  attachment,
  createRecord,
  type Handle,
  type Memory,
  openRecord,
  refuseStray,
  SharedObject,
  type Words,
} from "./_record.ts";
import {
  callable,
  integer,
  milliseconds,
  optionBag,
  waitOptions,
} from "./_validate.ts";

const BYTES = 64;
const MOST_PARTIES = 65535;
const WAIT = "wait at Barrier";

/** What a {@linkcode Barrier} can be made with. */
export interface BarrierOptions extends BarrierViewOptions {
  /** How long `wait` waits, in milliseconds, where it is not told; for ever if left out. */
  timeout?: number;
  /** Where to make it; in memory of its own if left out. */
  memory?: Memory;
}

/** What a view of a {@linkcode Barrier} can be made with. */
export interface BarrierViewOptions {
  /**
   * Called once per trip, by the last to arrive, before anybody passes. Functions
   * cannot be shared: each thread that may be the last gives its view the action.
   */
  action?: () => void;
}

/**
 * A place where so many parties wait for each other, and go on together.
 *
 * For phases of work. For "wait until all are done" use a Latch: a thread that
 * only counts down need not wait.
 *
 * Memory: what each party did before `wait()` is visible to all that pass.
 *
 * @example Usage
 * ```ts
 * import { Barrier } from "@interlock/threading";
 *
 * const tour = new Barrier(1);
 * const index = tour.wait(); // 0 to parties - 1, in order of arrival
 * ```
 */
export class Barrier extends SharedObject<"Barrier"> {
  /** The bytes that a barrier takes in shared memory. */
  static readonly byteLength: number = BYTES;
  readonly #words: Words;
  readonly #phase: Phase;
  readonly #action: (() => void) | undefined;

  /** Makes a barrier for so many parties, from 1 to 65535. */
  constructor(parties: number, options?: BarrierOptions) {
    const { action } = optionBag("create Barrier", options);
    if (action !== undefined) callable("create Barrier", "action", action);
    const words = attachedWords(parties) ?? create(parties, options);
    super("Barrier", words);
    this.#words = words;
    this.#phase = new Phase(words);
    this.#action = action;
  }

  /** Opens the barrier that a handle, or another view, names. */
  static from(
    handle: Handle<"Barrier">,
    options?: BarrierViewOptions,
  ): Barrier {
    const words = openRecord(["Barrier"], handle, () => BYTES);
    return new Barrier(attachment(words), options);
  }

  /** How many must arrive. */
  get parties(): number {
    return this.#phase.parties;
  }

  /** How many have arrived and wait; it may have changed when you read it. */
  get waiting(): number {
    return this.#phase.waiting;
  }

  /** Whether the barrier is broken; it may have changed when you read it. */
  get broken(): boolean {
    return this.#phase.broken;
  }

  /**
   * Blocks until all parties have arrived, and returns how many had arrived before
   * this one. The timeout is in milliseconds; the barrier's own if left out.
   *
   * @throws {BrokenBarrierError} if the barrier is broken, or breaks meanwhile: a
   * timeout of one party breaks it for all.
   * @throws {WouldBlockError} where blocking is forbidden; use `waitAsync`.
   */
  wait(wait?: number | WaitOptions): number {
    const options = this.#options(wait, false);
    if (options.timeout !== 0) refuseBlocking(WAIT, "waitAsync");
    const passed = options.timeout === 0
      ? this.#phase.pass(false, this.#action)
      : this.#phase.hasten(this.#action);
    if (typeof passed === "number") return passed;
    return block(passed, options, WAIT, "waitAsync");
  }

  /** Waits like `wait`, without blocking the thread. */
  async waitAsync(wait?: number | AsyncWaitOptions): Promise<number> {
    const options = this.#options(wait, true);
    return await settle(this.#phase.pass(true, this.#action), options);
  }

  /** Breaks the barrier, until it is reset. Does not block. */
  abort(): void {
    this.#phase.break(ABORTED);
  }

  /**
   * Makes the barrier as new. Who waits at it gets a BrokenBarrierError; it opens
   * when the last of them has left. Does not block.
   */
  reset(): void {
    this.#phase.reset();
  }

  /** How many wait for how many, or that it is broken; a snapshot. */
  override toString(): string {
    const { broken, waiting, parties } = this;
    return `Barrier(${broken ? "broken" : `${waiting}/${parties}`})`;
  }

  #options(
    wait: number | WaitOptions | AsyncWaitOptions | undefined,
    awaits: boolean,
  ): AsyncWaitOptions {
    const options = waitOptions(WAIT, wait, awaits);
    refuseStray(this.#words, "Barrier");
    return { ...options, timeout: options.timeout ?? this.#phase.timeout };
  }
}

function create(parties: number, options?: BarrierOptions): Words {
  const action = "create Barrier";
  integer(action, "parties", parties, 1, MOST_PARTIES);
  const { timeout, memory } = optionBag(action, options);
  const limit = milliseconds(action, "timeout", timeout);
  return createRecord("Barrier", BYTES, memory, 0, (words) => {
    fillPhase(words, parties, limit);
  });
}
