/**
 * How sure a number is that was measured in passes and turns.
 *
 * There are two kinds of noise: between turns, and between passes, whose workers were
 * started anew. Both multiply, so numbers are seen as logarithms. A *level* is what was
 * seen of a number: the mean of its passes' medians, and what each kind of noise alone
 * says about how far that mean is off. Its interval is the wider of the two:
 *
 * - *passes*: Student's interval over the medians of the passes. It covers both kinds, and
 *   is right for two passes too; only when these agree by luck is it too narrow.
 * - *turns*: Student's interval by the quartiles of the turns. It is right if passes do
 *   not differ, and else too narrow.
 *
 * So an interval of 95 % has the truth in at least 95 % of all reports, and in up to 99.5 %
 * if passes differ no more than turns do. A bootstrap over passes would be too narrow:
 * three passes can be drawn in ten ways only. Of one pass the interval covers the turns
 * alone, as nothing is known of the noise between passes.
 *
 * It is assumed that noise is about log-normal, that passes know nothing of each other,
 * and that the turns of a pass do not drift together. What differs from one run to the
 * next, but not between the passes of a run, no interval can tell.
 *
 * *Source*: Student's interval over independent replications is the method of Georges,
 * Buytaert and Eeckhout (OOPSLA 2007) and of Kalibera and Jones (ISMM 2013), a median's
 * deviation by quartiles that of McGill, Tukey and Larsen (1978), the degrees of freedom
 * of a difference those of Welch (1947).
 *
 * @module
 */

import {
  interquartileRange,
  jstat,
  mean,
  median,
  sampleVariance,
} from "./stats_library.ts";

/** What one kind of noise says: the variance of a mean, and how well that is known. */
export interface Spread {
  readonly variance: number;
  /** Degrees of freedom. */
  readonly freedom: number;
}

/** What was seen of a number. */
export interface Level {
  readonly mean: number;
  readonly passes: Spread;
  readonly turns: Spread;
}

const SILENT: Spread = { variance: 0, freedom: Infinity };
const UNKNOWN: Spread = { variance: Infinity, freedom: 1 };

/** The deviation of a normal median, for one sample, in distances of the quartiles. */
const BY_QUARTILES = Math.sqrt(Math.PI / 2) / 1.349;

/** Sees the level of numbers that were measured in passes and turns. */
export function levelOf(samples: readonly (readonly number[])[]): Level {
  const medians = samples.map((turns) => median([...turns]));
  const count = samples.length;
  const several = samples.filter((turns) => turns.length > 1);
  const variances = several.map((turns) =>
    (BY_QUARTILES * interquartileRange([...turns])) ** 2 / turns.length
  );
  const freedom = several.reduce((sum, turns) => sum + turns.length - 1, 0);
  return {
    mean: mean(medians),
    passes: count > 1
      ? { variance: sampleVariance(medians) / count, freedom: count - 1 }
      : SILENT,
    turns: freedom > 0
      ? { variance: mean(variances) / count, freedom }
      : count > 1
      ? SILENT
      : UNKNOWN,
  };
}

/** Sees how far apart two levels are that were measured independently. */
export function difference(a: Level, b: Level): Level {
  return {
    mean: a.mean - b.mean,
    passes: sum(a.passes, b.passes),
    turns: sum(a.turns, b.turns),
  };
}

/** How far the mean may be off, either way, with this confidence. */
export function margin(level: Level, confidence: number): number {
  const probability = (1 + confidence) / 2;
  const widths = [level.passes, level.turns].map(({ variance, freedom }) =>
    variance === 0 || variance === Infinity
      ? variance
      : studentQuantile(probability, freedom) * Math.sqrt(variance)
  );
  return Math.max(...widths);
}

/** The value that Student's distribution is below with this probability. */
const studentQuantile: (probability: number, freedom: number) => number =
  jstat.studentt.inv;

function sum(a: Spread, b: Spread): Spread {
  const variance = a.variance + b.variance;
  if (variance === 0) return SILENT;
  if (variance === Infinity) return UNKNOWN;
  const freedom = variance ** 2 /
    (a.variance ** 2 / a.freedom + b.variance ** 2 / b.freedom);
  return { variance, freedom };
}
