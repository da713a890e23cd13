/**
 * Random numbers from a seed.
 *
 * *Source* · Marsaglia, "Xorshift RNGs" (2003); the seeds are spread by the
 * finalizer of MurmurHash3.
 *
 * @module
 */

/** The number after `state`, which is not 0. */
export function nextRandom(state: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  return state ^ state << 5;
}

/** A state for the `n`th sequence of a seed. */
export function seedFor(seed: number, n: number): number {
  let x = (seed | 0) ^ Math.imul(n + 1, 0x9e3779b1);
  x = Math.imul(x ^ x >>> 16, 0x85ebca6b);
  x = Math.imul(x ^ x >>> 13, 0xc2b2ae35);
  return (x ^ x >>> 16) || 1;
}

/** Random choices; the same seed makes the same. */
export class Random {
  #state: number;

  /** A sequence of its own for each seed and number. */
  constructor(seed: number, n = 0) {
    this.#state = seedFor(seed, n);
  }

  /** A whole number from `min` to `max`. */
  int(min: number, max: number): number {
    this.#state = nextRandom(this.#state);
    return min + (this.#state >>> 0) % (max - min + 1);
  }

  /** A number from 0 up to 1. */
  fraction(): number {
    return this.int(0, 0x3fffffff) / 0x40000000;
  }

  /** One of the values. */
  pick<T>(values: readonly T[]): T {
    return values[this.int(0, values.length - 1)]!;
  }
}
