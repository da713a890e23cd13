/**
 * What is drawn of a family, and which numbers that takes from a series.
 *
 * @module
 */

import type { Quantity } from "./chart_scale.ts";
import type { CaseReport, FamilyReport, Quantiles, Series } from "./report.ts";
import {
  type Estimate,
  estimate,
  jain,
  median,
  ratio,
  share,
} from "./statistics.ts";

/** What a chart shows. */
export interface Measure {
  readonly title: string;
  /** What is good, and what the bars are. */
  readonly caption: string;
  /** The title of the axis of values; its ticks have the unit if it does not. */
  readonly axis: string;
  readonly quantity: Quantity;
  /** Whether the axis may be logarithmic. */
  readonly log: boolean;
  /** Whether ratios to ours make sense: how many times as much time theirs takes. */
  readonly compared: boolean;
  /** Whether bars are what is shown, rather than how sure the points are. */
  readonly ranges?: true;
  /** Whether another chart of the family shows the same in another way. */
  readonly again?: boolean;
  /** A line to compare with. */
  readonly reference?: number;
  /** What is read from a series; several stand side by side, by name. */
  readonly panels: Readonly<
    Record<string, (series: Series, item: CaseReport) => Estimate | undefined>
  >;
}

/** When a measure is drawn: by the family's name, by its unit, and by what was seen. */
interface Rule {
  readonly name: RegExp;
  readonly unit: RegExp;
  measure(family: FamilyReport, what: string): Measure;
}

const INTERVAL = "Bars are 95 % confidence intervals.";
const PASSES =
  "Points are medians of the passes; bars reach from the least to the most of a pass.";

/** Families of which one asks how much gets done, and not how long one takes. */
const RATES = /^(lock|semaphore|rw_?lock|queues?|streams?)$/;

/** What is drawn, in this order; what `unit` matches in parentheses is what was counted. */
const RULES: readonly Rule[] = [
  {
    name: RATES,
    unit: /^ns per (.+)$/,
    measure: (_, what) => throughput(`${what}s`),
  },
  {
    name: /./,
    unit: /^ns per (.+)$/,
    measure: ({ name }, what) => ({
      ...{ title: `Time per ${what}`, axis: `time per ${what}` },
      ...{ quantity: "time", log: true, compared: true },
      again: RATES.test(name),
      caption: `Less is better. ${INTERVAL}`,
      panels: { "": estimate },
    }),
  },
  {
    name: /./,
    unit: /^(?!ns per )(.+)$/,
    measure: (_, unit) => ({
      title: capital(unit),
      axis: unit,
      quantity: /^bytes/.test(unit) ? "bytes" : "number",
      ...{ log: true, compared: true },
      caption: `Less is better. ${INTERVAL}`,
      panels: { "": estimate },
    }),
  },
  {
    name: /^pool$/,
    unit: /(.*)/,
    measure: () => ({
      ...{ title: "Speed-up", axis: "times as fast as one thread" },
      ...{ quantity: "number", log: false, compared: false, reference: 1 },
      caption:
        `More is better, and as many as there are cores is all. ${INTERVAL}`,
      panels: {
        "": (series, item) => {
          const alone = item.series["one thread"];
          return alone && alone !== series ? ratio(alone, series) : undefined;
        },
      },
    }),
  },
  {
    name: /./,
    unit: /(.*)/,
    measure: () => ({
      ...{ title: "Time to acquire", axis: "time to acquire" },
      ...{ quantity: "time", log: true, compared: false },
      caption:
        `Less is better: half of all acquisitions took at most p50, 99 % at most p99, and the longest took max. ${PASSES}`,
      panels: {
        p50: latency((seen) => seen.p50),
        p99: latency((seen) => seen.p99),
        max: latency((seen) => seen.max),
      },
    }),
  },
  {
    name: /./,
    unit: /(.*)/,
    measure: () => ({
      ...{ title: "Fairness: Jain's index", axis: "Jain's index (0 to 1)" },
      ...{ quantity: "number", log: false, compared: false, reference: 1 },
      caption:
        `More is better: 1 if all workers acquired equally often, 1 / n if one of n had everything. ${PASSES}`,
      panels: {
        "": ({ shares }) => shares && overPasses(shares.map(jain)),
      },
    }),
  },
  {
    name: /./,
    unit: /(.*)/,
    measure: () => ({
      title: "Fairness: the least and the most",
      axis: "multiples of the fair share",
      ...{ quantity: "number", log: false, compared: false, reference: 1 },
      caption:
        "Shorter is better: a bar reaches from the worker that acquired least to the one that acquired most (medians of the passes), and 1 is the fair share.",
      ranges: true,
      panels: { "": ({ shares }) => shares && leastToMost(shares) },
    }),
  },
];

/** What is drawn of a family. What was not seen at all has no points, and so no chart. */
export function measuresOf(family: FamilyReport): readonly Measure[] {
  return RULES.flatMap(({ name, unit, measure }) => {
    const found = name.test(family.name) && unit.exec(family.unit);
    return found ? [measure(family, found[1]!)] : [];
  });
}

/** Nanoseconds per operation, turned into millions of operations per second. */
function throughput(what: string): Measure {
  return {
    title: "Throughput",
    axis: `million ${what} per second`,
    ...{ quantity: "number", log: true, compared: true },
    caption: `More is better. ${INTERVAL}`,
    panels: {
      "": (series) => {
        const { value, low, high } = estimate(series);
        return { value: 1000 / value, low: 1000 / high, high: 1000 / low };
      },
    },
  };
}

function latency(
  read: (seen: Quantiles) => number,
): (series: Series) => Estimate | undefined {
  return ({ latency }) => latency && overPasses(latency.map(read));
}

function overPasses(values: readonly number[]): Estimate | undefined {
  if (values.length === 0) return;
  return {
    value: median([...values]),
    low: Math.min(...values),
    high: Math.max(...values),
  };
}

/** From the worker that had least to the one that had most. */
function leastToMost(
  passes: readonly (readonly number[])[],
): Estimate | undefined {
  if (passes.length === 0) return;
  const shares = passes.map(share);
  const low = median(shares.map(({ least }) => least));
  return { value: low, low, high: median(shares.map(({ most }) => most)) };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
