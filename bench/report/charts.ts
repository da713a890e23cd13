/**
 * The charts of a family, as SVG.
 *
 * @module
 */

import { roleOf } from "../support/family.ts";
import { type Measure, measuresOf } from "./chart_measures.ts";
import { format } from "./chart_scale.ts";
import { type Chart, type Point, specOf } from "./chart_spec.ts";
import { contendersOf, type Style } from "./chart_styles.ts";
import { Html, html } from "./html.ts";
import type { CaseReport, FamilyReport } from "./report.ts";
import { ratio } from "./statistics.ts";
import { compile, vega } from "./vega.ts";

export type { Chart, Point } from "./chart_spec.ts";

/** What the types of Vega leave out. */
interface TextMetrics {
  width(item: { readonly fontSize?: number }, text: unknown): number;
}

// Without a canvas, Vega takes each letter for 0.8 em wide, and leaves gaps in legends.
const { textMetrics } = vega as unknown as { textMetrics: TextMetrics };
textMetrics.width = ({ fontSize = 11 }, text) =>
  0.58 * fontSize * String(text ?? "").length;

/** What axes count that takes turns on the cores. */
const COUNTS_THREADS = /worker|part(y|ies)|thread/;

/** The charts of a family; what was not measured has none. */
export function chartsOf(
  family: FamilyReport,
  styles: ReadonlyMap<string, Style>,
  cores: number,
): Chart[] {
  const groups = Map.groupBy(family.cases, ({ group }) => group);
  const numeric: CaseReport[] = [], named: CaseReport[] = [];
  for (const cases of groups.values()) {
    // One number is no axis.
    const xs = new Set(cases.map(({ x }) => x));
    const isAxis = xs.size > 1 && cases.every(({ x }) => typeof x === "number");
    if (isAxis) numeric.push(...cases);
    else named.push(...cases.map((item) => withName(item, family.axis)));
  }
  // As many groups as cases are no groups.
  const lonely = named.length > 3 &&
    new Set(named.map(({ group }) => group)).size === named.length;
  const names = !lonely ? named : named.map((item) => ({
    ...item,
    group: "",
    x: `${item.group}: ${item.x}`,
  }));
  return measuresOf(family).flatMap((measure) =>
    [numeric, names].flatMap((cases): Chart[] => {
      const points = pointsOf(measure, cases);
      const seen = new Set(points.map(({ contender }) => contender));
      if (seen.size === 0) return [];
      const isNumeric = cases === numeric;
      return [{
        title: isNumeric && named.length > 0
          ? `${measure.title} by ${family.axis}`
          : measure.title,
        measure,
        points,
        axis: family.axis,
        numeric: isNumeric,
        cores: COUNTS_THREADS.test(family.axis) ? cores : undefined,
        styles: new Map(
          contendersOf(family).filter((name) => seen.has(name))
            .map((name) => [name, styles.get(name)!]),
        ),
      }];
    })
  );
}

/** The case with a name for its place. */
function withName(item: CaseReport, axis: string): CaseReport {
  const { x } = item;
  return typeof x === "number"
    ? { ...item, x: `${axis}: ${format(x, "number")}` }
    : item;
}

/** The points of each contender in each group, also where it was not measured. */
function pointsOf(measure: Measure, cases: readonly CaseReport[]): Point[] {
  return Object.entries(measure.panels).flatMap(([panel, read]) => {
    const points = cases.flatMap((item) => {
      const { group, x, series } = item;
      const us = Object.keys(series).find((name) => roleOf(name) === "ours");
      const rivals = cases.filter((item) => item.group === group)
        .flatMap((item) => Object.keys(item.series));
      return [...new Set(rivals)].map((contender): Point => {
        const theirs = series[contender];
        return {
          ...{ group, panel, x, contender },
          seen: theirs && read(theirs, item),
          ratio: measure.compared && theirs && us && contender !== us
            ? ratio(theirs, series[us]!)
            : undefined,
        };
      });
    });
    // Who was seen nowhere in a group has no place in it.
    const seen = new Set(
      points.filter((point) => point.seen !== undefined)
        .map(({ group, contender }) => JSON.stringify([group, contender])),
    );
    return points.filter(({ group, contender }) =>
      seen.has(JSON.stringify([group, contender]))
    );
  });
}

/** The chart as SVG, which needs nothing else; `label` says what it shows. */
export async function draw(chart: Chart, label: string): Promise<Html> {
  // Vega-Lite warns that the layers of a panel filter the same rows each for itself.
  const { spec } = compile(specOf(chart), {
    logger: vega.logger(vega.Error),
  });
  const view = new vega.View(vega.parse(spec), { renderer: "none" });
  try {
    const svg = await view.toSVG();
    const rest = compact(svg).replace("<svg ", "");
    return html`<svg role="img" aria-label="${label}" ${new Html(rest)}`;
  } finally {
    view.finalize();
  }
}

/** What Vega writes for pointers and readers, what is empty, and digits beyond a pixel's. */
const NEEDLESS =
  / (?:aria-hidden|aria-roledescription|role|pointer-events|opacity)="(?:true|none|1|graphics-\w+|[\w ]+ container)"|(?<=\.\d\d)\d+/g;
const EMPTY = /<path class="\w+"[^>]* d="(?:M0,0h0v0h0Z)?"[^>]*\/>/g;

/** The same image in three quarters of the letters. */
function compact(svg: string): string {
  return svg.replaceAll(EMPTY, "")
    .replaceAll(/<[^>]*>/g, (tag) => tag.replaceAll(NEEDLESS, ""));
}
