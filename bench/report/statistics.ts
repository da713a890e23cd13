/**
 * The numbers that the page, the README and comparisons show of a series.
 *
 * @module
 */

import { difference, type Level, levelOf, margin } from "./noise.ts";
import type { Series } from "./report.ts";
import { median } from "./stats_library.ts";

export { median, quantile } from "./stats_library.ts";

/** A value, and the interval that has the truth in it with a confidence of 95 %. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** The smallest and the largest share, as multiples of the fair one. */
export interface Share {
  readonly least: number;
  readonly most: number;
}

const CONFIDENCE = 0.95;

/**
 * Estimates the typical value: the geometric mean of the passes' medians.
 *
 * Of one pass, the interval covers the noise between turns only; of a single sample it
 * reaches from 0 to infinity. `noise.ts` says how it is made, and what it assumes.
 */
export function estimate(series: Series): Estimate {
  if (series.samples.flat().every((sample) => sample > 0)) {
    return estimateOf(logarithm(series));
  }
  // Memory that did not grow has no logarithm.
  const level = levelOf(series.samples);
  const width = margin(level, CONFIDENCE);
  return {
    value: level.mean,
    low: level.mean - width,
    high: level.mean + width,
  };
}

/**
 * Estimates how many times as long theirs takes as ours.
 *
 * Where both were measured in the same passes and turns, it is the ratio within a turn,
 * so that what disturbed both counts for nothing. If a sample is not above 0, the interval
 * reaches from 0 to infinity.
 */
export function ratio(theirs: Series, ours: Series): Estimate {
  const samples = [theirs, ours].flatMap(({ samples }) => samples.flat());
  if (samples.every((sample) => sample > 0)) {
    return estimateOf(logarithmOfRatio(theirs, ours));
  }
  const value = median(theirs.samples.flat()) / median(ours.samples.flat());
  return { value, low: 0, high: Infinity };
}

/** Turns a ratio round. */
export function inverse({ value, low, high }: Estimate): Estimate {
  return { value: 1 / value, low: 1 / high, high: 1 / low };
}

/** Jain's index of fairness: 1 if all have the same share, 1 / n if one of n has all. */
export function jain(shares: readonly number[]): number {
  const total = shares.reduce((sum, share) => sum + share, 0);
  const squares = shares.reduce((sum, share) => sum + share ** 2, 0);
  return squares === 0 ? 1 : total ** 2 / (shares.length * squares);
}

/** Compares the smallest and the largest share with the fair one. */
export function share(shares: readonly number[]): Share {
  const fair = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  if (fair === 0) return { least: 1, most: 1 };
  return {
    least: Math.min(...shares) / fair,
    most: Math.max(...shares) / fair,
  };
}

/** The level of the logarithms of a series, all of which is above 0. */
export function logarithm(series: Series): Level {
  return levelOf(series.samples.map((turns) => turns.map(Math.log)));
}

/**
 * What a level of logarithms says of the number, with a confidence of 95 % or another; the
 * interval is made so many times as wide.
 */
export function estimateOf(
  level: Level,
  confidence = CONFIDENCE,
  widening = 1,
): Estimate {
  const width = widening * margin(level, confidence);
  return {
    value: Math.exp(level.mean),
    low: Math.exp(level.mean - width),
    high: Math.exp(level.mean + width),
  };
}

function logarithmOfRatio(theirs: Series, ours: Series): Level {
  const paired = theirs.samples.length === ours.samples.length &&
    theirs.samples.every((turns, pass) =>
      turns.length === ours.samples[pass]!.length
    );
  if (!paired) return difference(logarithm(theirs), logarithm(ours));
  return levelOf(
    theirs.samples.map((turns, pass) =>
      turns.map((their, turn) => Math.log(their / ours.samples[pass]![turn]!))
    ),
  );
}
