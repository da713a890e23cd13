/**
 * The state machine of a Barrier: generations of parties.
 *
 * *Words* · 4 STATE, below · 5 EPOCH: moves when waiters are let go and AWAITED is
 * set; awaiting ones sleep here · 6 PARTIES and 8-9 TIMEOUT (a float64, in
 * milliseconds), written once. STATE and EPOCH are written by all.
 *
 * *States* of STATE: bit 31 PARKED, bit 30 AWAITED, bits 27-29 FATE, then the
 * generation, and in the low bits, as many as PARTIES needs, the count.
 *
 * | FATE | count | means |
 * | --- | --- | --- |
 * | 0 | < parties | filling: so many have arrived, and wait |
 * | 0 | parties | tripping: the last one runs the action; the others cannot leave |
 * | a reason | n | broken: n who had arrived have not seen it yet |
 * | RESET | n | resetting: as broken; the last of the n opens the next generation |
 *
 * *Invariants* · I1: who arrived waits while the generation is its own and FATE is
 * 0. A trip moves the generation; a break leaves it until all who arrived have
 * left, so nobody takes a break for a trip. I2: a blocked sleeper implies PARKED,
 * an awaiting one AWAITED, or a wake that is on its way. I3: the last to arrive,
 * and only it, acts in a tripping barrier.
 *
 * *Progress* · All steps are one compareExchange. All parties running at once: they
 * spin, as a sleep costs a hundred times more (`_patience.ts`). More parties than cores:
 * they sleep, and up to four times as many as cores wake each other by twos, which spreads
 * the cost; sleepers are in order, so a chain ends with its own generation. Who arrives
 * at a tripping or resetting barrier waits until that is over. A generation that is
 * seen again takes at least a second of trips during one step of a party.
 *
 * *Source* · Python's `threading.Barrier`; the generation is CyclicBarrier's.
 *
 * @module
 */

import {
  type Body,
  EXPIRED,
  linger,
  OK,
  park,
  PATIENT,
  PROMPT,
  type Request,
  type Signal,
  spin,
  SPIN_PHASE,
  STOP,
  STOPPED,
  wake,
} from "./_park.ts";
import { Patience } from "./_patience.ts";
import { realm } from "./_realm.ts";
import { OWN, type Words } from "./_record.ts";
import { BrokenBarrierError, type BrokenBarrierReason } from "./errors.ts";

const STATE = OWN, EPOCH = OWN + 1, PARTIES = OWN + 2;
const TIMEOUT_BYTE = (OWN + 4) * 4;
const PARKED = 1 << 31, AWAITED = 1 << 30, SLEEPERS = PARKED | AWAITED;
const FATE_SHIFT = 27, FATE = 0b111 << FATE_SHIFT;
const PHASE = (1 << FATE_SHIFT) - 1;

const FILLING = 0, TIMED_OUT = 1, FAILED = 4, CANCELLED = 5;
/** FATE of a barrier that was aborted. */
export const ABORTED = 2;
/** FATE of a barrier that is being reset. */
export const RESET = 3;

/** By FATE: the reason, and how it broke. */
const BREAKS: readonly [BrokenBarrierReason, string][] = [
  ["abort", ""],
  ["timeout", "a party timed out"],
  ["abort", "it was aborted"],
  ["reset", "it was reset"],
  ["action", "its action threw"],
  ["cancel", "a party was cancelled"],
];

/** Writes the words of a new barrier. */
export function fillPhase(
  words: Words,
  parties: number,
  timeout: number,
): void {
  Atomics.store(words, PARTIES, parties);
  new DataView(words.buffer, words.byteOffset).setFloat64(
    TIMEOUT_BYTE,
    timeout,
  );
}

/** A view of a barrier's words. */
export class Phase {
  readonly parties: number;
  /** How long a party waits that is not told. */
  readonly timeout: number;
  readonly #words: Words;
  /** The bits of the count; those above, up to FATE, are the generation. */
  readonly #count: number;
  readonly #patience = new Patience();

  constructor(words: Words) {
    this.#words = words;
    this.parties = words[PARTIES]!;
    this.timeout = new DataView(words.buffer, words.byteOffset)
      .getFloat64(TIMEOUT_BYTE);
    this.#count = (1 << 32 - Math.clz32(this.parties)) - 1;
  }

  /** How many have arrived and wait. */
  get waiting(): number {
    const value = Atomics.load(this.#words, STATE);
    const count = value & this.#count;
    return fateOf(value) !== FILLING || count === this.parties ? 0 : count;
  }

  /** Whether it is broken, and stays so until it is reset. */
  get broken(): boolean {
    const fate = fateOf(Atomics.load(this.#words, STATE));
    return fate !== FILLING && fate !== RESET;
  }

  /** Breaks it, if it is not broken. */
  break(fate: number): void {
    for (;;) {
      const value = Atomics.load(this.#words, STATE);
      if (this.broken || this.#move(value, fated(value, fate))) return;
    }
  }

  /** Opens a new generation, once those who arrived in this one have left. */
  reset(): void {
    for (;;) {
      const value = Atomics.load(this.#words, STATE), fate = fateOf(value);
      const empty = (value & this.#count) === 0;
      if (fate === RESET || fate === FILLING && empty) return;
      const next = empty ? this.#next(value) : fated(value, RESET);
      if (this.#move(value, next)) return;
    }
  }

  /** Arrives, and waits for the others; the result is the arrival's index. */
  *pass(awaits: boolean, action: (() => void) | undefined): Body<number> {
    const words = this.#words;
    let signal: Signal = OK;
    let value: number;
    for (;;) {
      value = Atomics.load(words, STATE);
      const fate = fateOf(value), index = value & this.#count;
      if (fate === FILLING && index === this.parties - 1 && !action) {
        if (this.#move(value, this.#next(value))) return index;
      } else if (fate === FILLING && index < this.parties) {
        const found = Atomics.compareExchange(words, STATE, value, value + 1);
        if (found === value) break;
      } else if (fate !== FILLING && fate !== RESET) {
        throw brokenBy(fate);
      } else if (fate === RESET && (signal === EXPIRED || signal === STOP)) {
        const end = signal === EXPIRED ? TIMED_OUT : CANCELLED;
        if (!this.#move(value, fated(value, end))) continue;
        if (signal === STOP) return STOPPED;
        throw brokenBy(TIMED_OUT);
      } else {
        const sleep = this.#sleep(value, awaits);
        if (sleep !== undefined) signal = yield sleep;
      }
    }
    const index = value & this.#count;
    if (index === this.parties - 1) return this.#trip(index, action!);
    return yield* this.#wait(value, index, awaits, false);
  }

  /**
   * Passes like a blocking `pass`, as far as that takes no sleep: the index, or what is
   * left to do. Without it every phase would take a generator, or two.
   */
  hasten(action: (() => void) | undefined): number | Body<number> {
    const words = this.#words, value = Atomics.load(words, STATE);
    const index = value & this.#count, others = this.parties - 1;
    const plain = fateOf(value) === FILLING && action === undefined;
    if (plain && index === others && this.#move(value, this.#next(value))) {
      return index;
    }
    const arrives = plain && index < others &&
      Atomics.compareExchange(words, STATE, value, value + 1) === value;
    if (!arrives) return this.pass(false, action);
    if (this.#spins) {
      const seen = linger(words, STATE, SPIN_PHASE, this.#isOver(value));
      this.#patience.learn(seen);
      const now = Atomics.load(words, STATE);
      if (this.#generation(now) !== this.#generation(value)) return index;
    }
    return this.#wait(value, index, false, true);
  }

  *#wait(
    arrival: number,
    index: number,
    awaits: boolean,
    spun: boolean,
  ): Body<number> {
    const words = this.#words;
    const generation = this.#generation(arrival);
    let signal: Signal = OK, slept = false;
    for (;;) {
      if (!awaits && !slept && !spun && this.#spins) {
        const over = this.#isOver(arrival);
        const seen = yield spin(words, STATE, SPIN_PHASE, over);
        this.#patience.learn(seen === OK);
      }
      const value = Atomics.load(words, STATE), fate = fateOf(value);
      if (this.#generation(value) !== generation) {
        if (slept && !awaits && this.#chains) wake(words, STATE, 2);
        return index;
      }
      if (fate !== FILLING) throw this.#leave();
      const full = (value & this.#count) === this.parties;
      if (!full && (signal === EXPIRED || signal === STOP)) {
        const end = signal === EXPIRED ? TIMED_OUT : CANCELLED;
        if (!this.#move(value, fated(value - 1, end))) continue;
        if (signal === STOP) return STOPPED;
        throw brokenBy(TIMED_OUT);
      }
      const sleep = this.#sleep(value, awaits);
      if (sleep === undefined) continue;
      signal = yield sleep;
      slept = true;
    }
  }

  /** The last to arrive runs the action, and lets the others go. */
  #trip(index: number, action: () => void): number {
    try {
      const result: unknown = action();
      if (typeof (result as PromiseLike<unknown> | null)?.then === "function") {
        throw new TypeError(
          "Cannot trip Barrier: 'action' returned a promise, and must be done when it returns",
        );
      }
    } catch (error) {
      this.break(FAILED);
      this.#leave();
      throw error;
    }
    for (;;) {
      const value = Atomics.load(this.#words, STATE);
      if (fateOf(value) !== FILLING) throw this.#leave();
      if (this.#move(value, this.#next(value))) return index;
    }
  }

  /** One who had arrived has seen the break. */
  #leave(): BrokenBarrierError {
    for (;;) {
      const value = Atomics.load(this.#words, STATE);
      const last = (value & this.#count) === 1 && fateOf(value) === RESET;
      if (last) {
        if (this.#move(value, this.#next(value))) return brokenBy(RESET);
      } else if (
        Atomics.compareExchange(this.#words, STATE, value, value - 1) === value
      ) return brokenBy(fateOf(value));
    }
  }

  /** Makes the step from one value to the next, and wakes who slept on the old one. */
  #move(value: number, next: number): boolean {
    const words = this.#words;
    const found = Atomics.compareExchange(
      words,
      STATE,
      value,
      next & ~SLEEPERS,
    );
    if (found !== value) return false;
    if ((value & PARKED) !== 0) {
      const trips = fateOf(value) === FILLING && fateOf(next) === FILLING;
      wake(words, STATE, trips && this.#chains ? 2 : Infinity);
    }
    if ((value & AWAITED) !== 0) {
      Atomics.add(words, EPOCH, 1);
      wake(words, EPOCH);
    }
    return true;
  }

  /** The request to sleep on the value; undefined if it is another one by now. */
  #sleep(value: number, awaits: boolean): Request | undefined {
    const words = this.#words;
    // Before STATE is marked, or seen to be: a step after that moves EPOCH.
    const epoch = Atomics.load(words, EPOCH);
    const marked = value | (awaits ? AWAITED : PARKED);
    if (
      (marked !== value || awaits) &&
      Atomics.compareExchange(words, STATE, value, marked) !== value
    ) return;
    const trips = fateOf(value) === FILLING &&
      (value & this.#count) === this.parties;
    const manner = (trips ? PATIENT : 0) | (awaits ? PROMPT : 0);
    return awaits
      ? park(words, EPOCH, epoch, manner)
      : park(words, STATE, marked, manner);
  }

  /** Whether to spin: parties that share a core do it in vain, and cost each other the core. */
  get #spins(): boolean {
    return this.parties <= cores() && this.#patience.ask();
  }

  /** Whether sleepers wake each other. */
  get #chains(): boolean {
    return this.parties > cores() && this.parties <= 4 * cores();
  }

  #generation(value: number): number {
    return value & PHASE & ~this.#count;
  }

  /** Whether a value of STATE says that the generation of an arrival is over. */
  #isOver(arrival: number): (value: number) => boolean {
    // The fate of what is filling is 0.
    const bits = PHASE & ~this.#count | FATE, filling = arrival & bits;
    return (value) => (value & bits) !== filling;
  }

  /** The next generation, empty. */
  #next(value: number): number {
    return (value & PHASE | this.#count) + 1 & PHASE;
  }
}

function cores(): number {
  return realm.cores ??= navigator.hardwareConcurrency;
}

function fateOf(value: number): number {
  return (value & FATE) >> FATE_SHIFT;
}

function fated(value: number, fate: number): number {
  return value & PHASE | fate << FATE_SHIFT;
}

function brokenBy(fate: number): BrokenBarrierError {
  const [reason, how] = BREAKS[fate]!;
  return new BrokenBarrierError(`Cannot wait at Barrier: ${how}`, { reason });
}
