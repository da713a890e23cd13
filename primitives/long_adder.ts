/**
 * LongAdder: a count that many threads add to at once, and few read.
 *
 * *Words* · 4 STRIPES: how many, written once · from 16 on, in a line of 64 bytes
 * each, the stripes: a 64-bit integer at the beginning of each · written by all.
 *
 * *States* · Any values are as good as any others; the count is their sum.
 *
 * *Invariants* · I1: an addition is one step on one stripe, so none is lost, also
 * where threads share a stripe or die. I2: a thread always adds to the same stripe.
 *
 * *Progress* · Nobody waits for anybody. Threads that add to different stripes share
 * no line of the cache, so they do not slow each other down. The low bits of an id
 * are the thread's place in the roster: threads that were started one after the other
 * have different stripes, as far as there are enough.
 *
 * *Source* · java.util.concurrent.atomic.LongAdder, which has as many cells as threads
 * have met; a record does not grow. Python has none.
 *
 * @module
 */

import { int64, int64sAt } from "./_int64.ts";
import {
  attachedWords,
  attachment,
  createRecord,
  type Handle,
  type Memory,
  openRecord,
  OWN,
  SharedObject,
  type Words,
} from "./_record.ts";
import { threadId } from "./_thread_id.ts";
import { integer, optionBag } from "./_validate.ts";

const STRIPES = OWN, LINE = 64;
const FEW = 16, MOST = 64;
/** 64-bit integers per line, and the place of the first stripe. */
const STEP = LINE / 8;

/** What a {@linkcode LongAdder} can be made with. */
export interface LongAdderOptions {
  /** How many threads can add without meeting: a power of two up to 64, 16 if left out. */
  stripes?: number;
  /** Where to make it; in memory of its own if left out. */
  memory?: Memory;
}

/**
 * A count that is fast to add to from several threads, and slower to read.
 *
 * Each thread adds to a part of its own; `sum` adds the parts up. Threads that
 * run at once get more additions done than on one AtomicBigInt64, as they do not fetch
 * each other's memory; one alone gains nothing. Use it for statistics. No addition returns anything, so it
 * cannot tell who came first: for that, or where additions are few, an AtomicInt32 or
 * AtomicBigInt64 is simpler and smaller.
 *
 * Memory: additions and sums are sequentially consistent, stripe by stripe.
 *
 * @example Usage
 * ```ts
 * import { LongAdder } from "@interlock/threading";
 *
 * const requests = new LongAdder();
 * requests.increment(); // in many threads
 * console.log(requests.sum()); // now and then
 * ```
 */
export class LongAdder extends SharedObject<"LongAdder"> {
  /** The bytes that it takes in shared memory, if the stripes are as many as by default. */
  static readonly byteLength: number = bytesFor(FEW);
  readonly #stripes: BigInt64Array<SharedArrayBuffer>;
  readonly #mine: number;

  /** The bytes that one made with these options takes in shared memory. */
  static byteLengthFor(options: LongAdderOptions): number {
    return bytesFor(stripesOf("measure LongAdder", options));
  }

  /** Makes a count of zero. */
  constructor(options?: LongAdderOptions) {
    const words = attachedWords(options) ?? create(options);
    super("LongAdder", words);
    const stripes = Atomics.load(words, STRIPES);
    this.#stripes = int64sAt(words, LINE / 4, stripes * STEP);
    this.#mine = (threadId() & stripes - 1) * STEP;
  }

  /** Opens the count that a handle, or another view, names. */
  static from(handle: Handle<"LongAdder">): LongAdder {
    const words = openRecord(
      ["LongAdder"],
      handle,
      (words) => bytesFor(Atomics.load(words, STRIPES)),
    );
    return new LongAdder(attachment(words));
  }

  /** Adds an integer; the count wraps around past 64 bits. Does not block. */
  add(n: number | bigint): void {
    Atomics.add(
      this.#stripes,
      this.#mine,
      typeof n === "bigint" ? int64("add to LongAdder", "n", n) : BigInt(
        integer("add to LongAdder", "n", n, -SAFE, SAFE),
      ),
    );
  }

  /** Adds one. */
  increment(): void {
    Atomics.add(this.#stripes, this.#mine, 1n);
  }

  /** Subtracts one. */
  decrement(): void {
    Atomics.sub(this.#stripes, this.#mine, 1n);
  }

  /**
   * The count; exact if nobody adds meanwhile. Else it has all that was added before
   * the call, and some of what was added during it.
   */
  sum(): bigint {
    return this.#total((i) => Atomics.load(this.#stripes, i));
  }

  /** Makes the count zero; of what others add meanwhile, some may be lost and some stay. */
  reset(): void {
    this.sumThenReset();
  }

  /**
   * Makes the count zero, and returns what it was. What others add meanwhile is in
   * this sum or in the next one: none is lost.
   */
  sumThenReset(): bigint {
    return this.#total((i) => Atomics.exchange(this.#stripes, i, 0n));
  }

  /** The count as a number; rounded past 2^53. Like `sum`, exact if nobody adds meanwhile. */
  toNumber(): number {
    return Number(this.sum());
  }

  /** The count; a snapshot. */
  override toString(): string {
    return `LongAdder(${this.sum()})`;
  }

  #total(part: (index: number) => bigint): bigint {
    let total = 0n;
    for (let i = 0; i < this.#stripes.length; i += STEP) total += part(i);
    return BigInt.asIntN(64, total);
  }
}

const SAFE = Number.MAX_SAFE_INTEGER;

function bytesFor(stripes: number): number {
  return LINE * (1 + stripes);
}

function stripesOf(action: string, options?: LongAdderOptions): number {
  const { stripes = FEW } = optionBag(action, options);
  integer(action, "stripes", stripes, 1, MOST);
  if ((stripes & stripes - 1) === 0) return stripes;
  throw new RangeError(
    `Cannot ${action}: 'stripes' must be a power of two, received ${stripes}`,
  );
}

function create(options?: LongAdderOptions): Words {
  const stripes = stripesOf("create LongAdder", options),
    { memory } = options ?? {};
  const bytes = bytesFor(stripes);
  return createRecord("LongAdder", bytes, memory, 0, (words) => {
    Atomics.store(words, STRIPES, stripes);
  });
}
