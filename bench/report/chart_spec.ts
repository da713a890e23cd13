/**
 * A chart, and its description for Vega-Lite: one panel for each group of cases.
 *
 * @module
 */

import { roleOf } from "../support/family.ts";
import { HEIGHT, namedLayers, numericLayers } from "./chart_layers.ts";
import type { Measure } from "./chart_measures.ts";
import type { Style } from "./chart_styles.ts";
import type { Estimate } from "./statistics.ts";
import type { TopLevelSpec } from "./vega.ts";

/** What was seen of a contender at one place; it is missing if nothing was. */
export interface Point {
  readonly group: string;
  readonly panel: string;
  readonly x: number | string;
  readonly contender: string;
  readonly seen: Estimate | undefined;
  /** How many times as long it takes as ours. */
  readonly ratio: Estimate | undefined;
}

/** What there is to draw. */
export interface Chart {
  readonly title: string;
  readonly measure: Measure;
  readonly points: readonly Point[];
  /** The title of the axis of places, if those are numbers. */
  readonly axis: string;
  /** Whether places are numbers, and not names. */
  readonly numeric: boolean;
  /** Beyond this number of workers they take turns, if the axis has workers. */
  readonly cores: number | undefined;
  /** By contender, in the order of the legend. */
  readonly styles: ReadonlyMap<string, Style>;
}

/** The width of panels beside each other, and how many those are at most. */
const WIDTH = 975, COLUMNS = 3;
/** The place for names; how many panels of them, and how many in all, need another form. */
const LABELS = 150, MANY_PANELS = 6, MANY = 30;
/** The height of a contender's line, where each name has several. */
const LINE = 10;

/** The title of a panel continues in a new line after so many letters. */
const TOO_LONG = /^(?=.{45})(.{20,44}) /, NEW_LINE = "\n";

const CONFIG = {
  // A chart has one description, as an image; its numbers stand in a table.
  aria: false,
  font: "system-ui, sans-serif",
  view: { stroke: "#ccc" },
  axis: {
    gridColor: "#e6e6e6",
    domainColor: "#888",
    tickColor: "#888",
    labelColor: "#333",
    labelFontSize: 11,
    titleColor: "#111",
    titleFontSize: 12,
    titleFontWeight: "normal",
  },
  legend: {
    orient: "top",
    direction: "horizontal",
    title: null,
    labelFontSize: 12,
    labelLimit: 0,
    symbolSize: 80,
    symbolStrokeWidth: 1.8,
    columnPadding: 16,
    offset: 10,
  },
};

/** The chart's description for Vega-Lite. */
export function specOf(chart: Chart): TopLevelSpec {
  const { numeric, points } = chart;
  const panels = panelsOf(chart);
  const columns = columnsOf(panels.length, numeric);
  const names = new Set(points.map(({ group, x }) => `${group}/${x}`));
  const dense = names.size > MANY;
  const spec = {
    data: { values: rowsOf(chart) },
    background: "#fff",
    padding: 8,
    spacing: 16,
    ...facetOf(panels, columns),
    spec: numeric
      ? {
        width: WIDTH / Math.max(2, columns),
        height: HEIGHT,
        layer: numericLayers(chart),
      }
      : {
        width: WIDTH / columns - LABELS,
        height: dense
          ? { step: 18, for: "position" }
          : { step: LINE, for: "offset" },
        layer: namedLayers(chart, dense),
      },
    resolve: {
      // A shared axis is far from most panels, or stands where the last row is not full.
      axis: { x: "independent" },
      ...(numeric ? {} : { scale: { y: "independent" } }),
    },
    config: {
      ...CONFIG,
      legend: { ...CONFIG.legend, columns: legendColumns(chart) },
      mark: { invalid: numeric ? "break-paths-filter-domains" : "show" },
    },
  };
  // The types of Vega-Lite are those of one way to write a chart; this is several.
  return spec as unknown as TopLevelSpec;
}

/** The titles of the panels, group by group. */
function panelsOf({ points, measure }: Chart): string[] {
  const seen = new Set(points.map(titleOf));
  const groups = new Set(points.map(({ group }) => group));
  return [...groups].flatMap((group) =>
    Object.keys(measure.panels).map((panel) => titleOf({ group, panel }))
  ).filter((title) => seen.has(title));
}

/** How many panels stand beside each other: of few rows, all are as full as can be. */
function columnsOf(panels: number, numeric: boolean): number {
  if (!numeric) return panels > MANY_PANELS ? 2 : 1;
  return Math.ceil(panels / Math.ceil(panels / COLUMNS));
}

/** As many as have place for the longest name. */
function legendColumns({ styles }: Chart): number {
  const longest = Math.max(...[...styles.keys()].map(({ length }) => length));
  return Math.max(1, Math.floor(WIDTH / (40 + 7 * longest)));
}

/** The title of the panel in which a point stands. */
function titleOf(
  { group, panel }: Pick<Point, "group" | "panel">,
): string {
  const title = group && panel ? `${group}: ${panel}` : group + panel;
  return title.replace(TOO_LONG, `$1${NEW_LINE}`);
}

/** A row for each point; one that is missing keeps its neighbours from being connected. */
function rowsOf({ points, numeric, styles }: Chart): unknown[] {
  // In a panel, there is no place for who was not seen in it.
  const lanes = new Map(
    [...Map.groupBy(points, titleOf)].map(([title, points]) => {
      const seen = new Set(points.map(({ contender }) => contender));
      return [title, [...styles.keys()].filter((name) => seen.has(name))];
    }),
  );
  const most = Math.max(...[...lanes.values()].map(({ length }) => length));
  const rows = points.map(({ x, seen, ...point }) => {
    const title = titleOf(point), contenders = lanes.get(title)!;
    // From -1/2 to 1/2, so that few have their place in the middle too.
    const shift = (contenders.indexOf(point.contender) + 0.5) /
        contenders.length - 0.5;
    return {
      title,
      contender: point.contender,
      lane: Math.round((shift + 0.5) * most - 0.5),
      x,
      shift,
      value: seen?.value ?? null,
      ...barOf(seen),
    };
  });
  // Who is drawn last is on top.
  const layer = ({ contender }: { readonly contender: string }) =>
    contender === "ours" ? 2 : roleOf(contender) === "ours" ? 1 : 0;
  return [...Map.groupBy(rows, ({ title, x }) => `${title}/${x}`).values()]
    .flatMap((rows) => rows.toSorted((a, b) => layer(a) - layer(b)))
    .filter(({ value }) => numeric || value !== null);
}

/** Of one sample, the interval is not known: it has no bar. */
function barOf(seen: Estimate | undefined) {
  if (seen === undefined) return { low: null, high: null };
  const { value, low, high } = seen;
  return high === Infinity ? { low: value, high: value } : { low, high };
}

/** A panel for each group, or several where what is read stands side by side. */
function facetOf(
  panels: readonly string[],
  columns: number,
): Readonly<Record<string, unknown>> {
  return {
    facet: {
      field: "title",
      type: "nominal",
      sort: panels,
      title: null,
      header: {
        labels: panels.length > 1 || panels[0] !== "",
        labelAnchor: "start",
        labelExpr: `split(datum.value, ${JSON.stringify(NEW_LINE)})`,
        labelFontSize: 12,
        labelFontWeight: "bold",
      },
    },
    columns,
  };
}
