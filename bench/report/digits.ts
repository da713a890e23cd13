/**
 * How numbers are written: with no more digits than are known.
 *
 * @module
 */

import type { Estimate } from "./statistics.ts";

/** A third digit is shown of what is known better than this. */
const PRECISE = 0.01;
/** An interval that reaches further, by this factor, tells nothing. */
const VAGUE = 10;

/** Writes the value of an estimate: with two digits, or three if it is known well enough. */
export function digits({ value, low, high }: Estimate): string {
  const precise = high - value <= PRECISE * Math.abs(value) &&
    value - low <= PRECISE * Math.abs(value);
  return round(value, precise ? 3 : 2);
}

/** Writes an interval: `1.2 to 1.4`. */
export function interval({ value, low, high }: Estimate): string {
  return low < value / VAGUE || high > value * VAGUE
    ? "unknown"
    : `${round(low, 3)} to ${round(high, 3)}`;
}

/** Writes a number with so many significant digits, and no exponent. */
export function round(value: number, significant: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const rounded = Number(value.toPrecision(significant));
  const decimals = significant - 1 - Math.floor(Math.log10(Math.abs(rounded)));
  return rounded.toFixed(Math.min(Math.max(decimals, 0), 20));
}
