/**
 * What changed from one report to another, and what is noise.
 *
 * Machines differ from run to run: in speed, in temperature, in who else is there. But the
 * floor, the naive twin and peers of the same version cannot have changed, so what all of
 * them drifted by is the machine's. The median drift of a family is taken out of its ratios
 * (that of all families with its unit, if it has less than five such series), and changes
 * are judged by these *normalised* ratios. What another runtime changed is in the drift too.
 *
 * A report's intervals know of no noise but its own. If the others differ by more, after
 * the drift is taken out, than their intervals say, all intervals are widened by as much.
 *
 * A change is marked if an interval of 99 % has no ratio in it that is within 5 % of 1. So
 * of cases in which nothing has changed, at most 1 % are marked.
 *
 * @module
 */

import { roleOf } from "../support/family.ts";
import { difference, type Level, levelOf, margin } from "./noise.ts";
import type { Report, Series } from "./report.ts";
import { type Estimate, estimateOf, logarithm, median } from "./statistics.ts";

/** The confidence of intervals here. */
export const CONFIDENCE = 0.99;
/** Changes within this are none. */
export const BAND = 0.05;
/** With less series than this, no drift is known. */
const ENOUGH = 5;
const NO_DRIFT = levelOf([[0, 0]]);

/** What became of a contender of a case. */
export interface Change {
  readonly family: string;
  readonly id: string;
  readonly contender: string;
  /** Whether it is judged, or tells the drift, or neither: it has another version now. */
  readonly part: "ours" | "other" | "changed";
  readonly old: number;
  readonly new: number;
  /** How many times as long it takes now, as measured. */
  readonly plain: Estimate;
  /** The same without the drift of its family. */
  readonly normalised: Estimate;
  readonly verdict: "slower" | "faster" | "unchanged";
}

/** What became of all of them. */
export interface Comparison {
  readonly warnings: readonly string[];
  readonly changes: readonly Change[];
  /** By family, how many times as long the others take now. */
  readonly drifts: Readonly<Record<string, Estimate>>;
  /** How many times as wide as the reports say intervals are. */
  readonly widening: number;
  /** Contenders of cases that only one of the reports has. */
  readonly onlyOld: readonly string[];
  readonly onlyNew: readonly string[];
  /** Contenders of cases with samples that have no ratio: they are not above 0. */
  readonly without: readonly string[];
}

/** A contender of a case in both reports. */
interface Pair extends Pick<Change, "family" | "id" | "contender" | "part"> {
  readonly unit: string;
  readonly old: Series;
  readonly new: Series;
  /** Of the logarithm of the ratio. */
  readonly level: Level;
}

/** Compares two reports; intervals are not widened if both must stand by their own. */
export function compareReports(
  old: Report,
  now: Report,
  { widen = true }: { readonly widen?: boolean } = {},
): Comparison {
  const before = seriesOf(old), after = seriesOf(now);
  const pairs: Pair[] = [], without: string[] = [];
  for (const [name, a] of before) {
    const b = after.get(name);
    if (b === undefined) continue;
    if ([a, b].every(({ series }) => series.samples.flat().every(isPositive))) {
      const part = partOf(a.contender, old, now);
      const level = difference(logarithm(b.series), logarithm(a.series));
      pairs.push({ ...a, part, old: a.series, new: b.series, level });
    } else without.push(name);
  }
  const drifts = driftsOf(pairs);
  const widening = widen ? wideningOf(pairs, drifts) : 1;
  return {
    warnings: warningsOf(old, now),
    changes: pairs.map((pair) => changeOf(pair, drifts, widening)),
    drifts: Object.fromEntries(
      [...drifts].map(([family, drift]) => [family, estimateOf(drift)]),
    ),
    widening,
    onlyOld: [...before.keys()].filter((name) => !after.has(name)),
    onlyNew: [...after.keys()].filter((name) => !before.has(name)),
    without,
  };
}

interface Place {
  readonly family: string;
  readonly unit: string;
  readonly id: string;
  readonly contender: string;
  readonly series: Series;
}

function seriesOf(report: Report): Map<string, Place> {
  const places = report.families.flatMap(({ name: family, unit, cases }) =>
    cases.flatMap(({ id, series: all }) =>
      Object.entries(all).map(([contender, series]): Place => ({
        ...{ family, unit, id, contender, series },
      }))
    )
  );
  return new Map(places.map((place) => {
    const { family, id, contender } = place;
    return [`${family} ${id} ${contender}`, place];
  }));
}

const isPositive = (sample: number) => sample > 0;

function partOf(contender: string, old: Report, now: Report): Change["part"] {
  if (roleOf(contender) === "ours") return "ours";
  const name = versionOf(contender);
  return old.versions[name] === now.versions[name] ? "other" : "changed";
}

/** Whose version a contender has. */
function versionOf(contender: string): string {
  return roleOf(contender) === "native"
    ? "compiler"
    : contender.split(", ", 1)[0]!;
}

/** By family, the median of the others' changes, and how well it is known. */
function driftsOf(pairs: readonly Pair[]): Map<string, Level> {
  const others = pairs.filter(({ part }) => part === "other");
  const kindOf = ({ unit }: Pair) => unit.split(" ", 1)[0];
  const drifts = new Map<string, Level>();
  for (const pair of pairs) {
    const { family } = pair;
    if (drifts.has(family)) continue;
    const own = others.filter((other) => other.family === family);
    const known = own.length >= ENOUGH
      ? own
      : others.filter((other) => kindOf(other) === kindOf(pair));
    const means = known.map(({ level }) => level.mean);
    drifts.set(family, means.length < ENOUGH ? NO_DRIFT : levelOf([means]));
  }
  return drifts;
}

/** Half of the others are within their intervals of 50 %, if the reports know their noise. */
function wideningOf(
  pairs: readonly Pair[],
  drifts: ReadonlyMap<string, Level>,
): number {
  const distances = pairs.filter(({ part }) => part === "other")
    .map(({ level, family }) => {
      const left = difference(level, drifts.get(family)!);
      return Math.abs(left.mean) / margin(left, 0.5);
    }).filter(isPositive);
  return distances.length < ENOUGH ? 1 : Math.max(1, median(distances));
}

function changeOf(
  { family, id, contender, part, old, new: now, level }: Pair,
  drifts: ReadonlyMap<string, Level>,
  widening: number,
): Change {
  const normalised = estimateOf(
    difference(level, drifts.get(family)!),
    CONFIDENCE,
    widening,
  );
  return {
    ...{ family, id, contender, part },
    old: estimateOf(logarithm(old)).value,
    new: estimateOf(logarithm(now)).value,
    plain: estimateOf(level, CONFIDENCE, widening),
    normalised,
    verdict: normalised.low > 1 + BAND
      ? "slower"
      : normalised.high < 1 / (1 + BAND)
      ? "faster"
      : "unchanged",
  };
}

/** What makes two reports hard to compare. */
function warningsOf(old: Report, now: Report): string[] {
  const places = [...seriesOf(old).values(), ...seriesOf(now).values()];
  const measured = new Set(places.map((place) => versionOf(place.contender)));
  const matters = (part: string, key: string) =>
    part !== "versions" || key === "deno" || key === "v8" || measured.has(key);
  const differences = (["machine", "versions", "settings"] as const).flatMap(
    (part) => {
      const a: Record<string, unknown> = { ...old[part] };
      const b: Record<string, unknown> = { ...now[part] };
      return [...new Set([...Object.keys(a), ...Object.keys(b)])]
        .filter((key) => matters(part, key) && a[key] !== b[key])
        .map((key) =>
          `${part}: ${key} was ${a[key] ?? "missing"}, is ${
            b[key] ?? "missing"
          }`
        );
    },
  );
  const once = Math.min(old.settings.passes, now.settings.passes) === 1;
  return once
    ? [
      ...differences,
      "settings: one pass does not show how much passes differ, so too much is marked",
    ]
    : differences;
}
