/**
 * What is drawn in a panel: bars, lines, marks, and what to compare them with.
 *
 * @module
 */

import { format, type Quantity, scaleOf } from "./chart_scale.ts";
import type { Chart } from "./chart_spec.ts";
import type { Style } from "./chart_styles.ts";

type Part = Readonly<Record<string, unknown>>;

/** The height of a panel with an axis of numbers. */
export const HEIGHT = 190;

/** The place that the ranges of one number have beside each other. */
const WIDTH_OF_RANGES = 42;

const GREY = "#666";

/** Marks along an axis of numbers; those of a contender are connected. */
export function numericLayers(chart: Chart): Part[] {
  const { measure, axis, cores } = chart;
  const xs = [...new Set(chart.points.map(({ x }) => x as number))]
    .toSorted((a, b) => a - b);
  const first = xs[0]!, last = xs.at(-1)!;
  const doubled = first > 0 && last / first >= 4;
  const x = {
    field: "x",
    type: "quantitative",
    title: axis,
    scale: {
      ...(doubled ? { type: "log", base: 2 } : { zero: false }),
      domain: [first, last],
      nice: false,
      padding: measure.ranges ? 28 : 14,
    },
    axis: axisOf("number", xs, false),
  };
  const y = valuesOf(chart);
  return [
    ...(cores === undefined || cores >= last
      ? []
      : oversubscribed(cores, measure.log)),
    ...reference(chart, "y"),
    bars(chart, { x, y: { ...y, field: "low" }, y2: { field: "high" } }),
    ...(measure.ranges ? [] : [{
      mark: {
        type: "line",
        clip: true,
        strokeWidth: 1.6,
      },
      encoding: {
        x,
        y,
        stroke: look(chart, "color"),
        strokeDash: dashes(chart),
      },
    }]),
    marks(chart, { x, y }),
  ];
}

/** Marks in rows of names; contenders stand below each other, or `dense` in one line. */
export function namedLayers(chart: Chart, dense: boolean): Part[] {
  const x = valuesOf(chart);
  const places = {
    y: {
      field: "x",
      type: "nominal",
      title: null,
      sort: null,
      scale: { paddingInner: 0.3, paddingOuter: 0.15 },
      axis: { tickBand: "extent", grid: true, labelLimit: 240 },
    },
    ...(dense ? {} : {
      yOffset: { field: "lane", type: "ordinal", sort: "ascending" },
    }),
  };
  return [
    ...reference(chart, "x"),
    bars(chart, {
      ...places,
      x: { ...x, field: "low" },
      x2: { field: "high" },
    }),
    marks(chart, { ...places, x }),
  ];
}

/** The axis of values: how it is scaled is in its title if it is not from 0 on. */
function valuesOf({ measure, points, numeric }: Chart): Part {
  const seen = points.flatMap(({ seen }) => seen ?? []);
  // What reaches from one to another value is these two.
  const ends = seen.flatMap(({ low, high }) =>
    [low, high].map((value) => ({ value, low: value, high: value }))
  );
  const { log, domain, ticks } = scaleOf(
    measure.ranges ? ends : seen,
    measure.quantity,
    measure.log,
  );
  const title = log ? [measure.axis, "(log scale)"] : [measure.axis];
  return {
    field: "value",
    type: "quantitative",
    // An upright title is longer than the axis.
    title: numeric ? title : title.join(" "),
    scale: { type: log ? "log" : "linear", domain, nice: false },
    axis: axisOf(measure.quantity, ticks, true),
  };
}

/** Ticks where they are wanted, with their units. */
function axisOf(
  quantity: Quantity,
  values: readonly number[],
  grid: boolean,
): Part {
  const labels = Object.fromEntries(
    values.map((value) => [value, format(value, quantity)]),
  );
  return {
    values,
    // Else Vega leaves some of them out.
    tickCount: values.length,
    grid,
    labelExpr: `(${JSON.stringify(labels)})[datum.value]`,
    labelOverlap: "greedy",
  };
}

/** How sure the marks are, or from what to what they reach. */
function bars(chart: Chart, places: Part): Part {
  return {
    mark: {
      type: "rule",
      clip: true,
      strokeWidth: chart.measure.ranges ? 3 : 1.6,
      ...asideOf(chart),
      opacity: 1,
    },
    encoding: { ...places, stroke: look(chart, "color") },
  };
}

/** They carry the legend: their colour, fill and shape are those of one contender. */
function marks(chart: Chart, places: Part): Part {
  return {
    mark: {
      type: "point",
      size: 46,
      strokeWidth: 1.6,
      opacity: 1,
      ...asideOf(chart),
    },
    encoding: {
      ...places,
      stroke: look(chart, "color"),
      fill: look(chart, "fill"),
      shape: look(chart, "shape"),
    },
  };
}

/** Ranges that all stand around the same value would hide each other. */
function asideOf({ measure, numeric }: Chart): Part {
  return numeric && measure.ranges
    ? { xOffset: { expr: `${WIDTH_OF_RANGES} * datum.shift` } }
    : {};
}

/** A channel in which contenders differ. */
function look(
  { styles }: Chart,
  channel: "color" | "fill" | "shape",
): Part {
  const read = (style: Style) =>
    channel === "fill" ? style.hollow ? "#fff" : style.color : style[channel];
  return {
    field: "contender",
    type: "nominal",
    sort: null,
    scale: {
      domain: [...styles.keys()],
      range: [...styles.values()].map(read),
    },
  };
}

/** Without a scale: the legend has marks, and a dashed mark cannot be recognised. */
function dashes({ styles }: Chart): Part {
  const condition = [...styles].map(([contender, { dash }]) => ({
    test: { field: "contender", equal: contender },
    value: dash,
  }));
  return { condition, value: [1, 0] };
}

/** Where there are more workers than cores. Its name stands where there is least. */
function oversubscribed(cores: number, log: boolean): Part[] {
  const data = { values: [{}] };
  const x = { datum: cores };
  return [
    {
      data,
      mark: { type: "rect", color: "#000", opacity: 0.04 },
      encoding: { x, x2: { value: "width" } },
    },
    {
      data,
      mark: { type: "rule", color: GREY, strokeWidth: 1 },
      encoding: { x },
    },
    {
      data,
      mark: {
        type: "text",
        text: "cores",
        align: "left",
        dx: 4,
        color: GREY,
        fontSize: 10,
      },
      encoding: {
        x,
        y: { value: log ? 8 : HEIGHT - 8 },
      },
    },
  ];
}

/** A line to compare with. */
function reference({ measure }: Chart, axis: "x" | "y"): Part[] {
  if (measure.reference === undefined) return [];
  return [{
    data: { values: [{}] },
    mark: { type: "rule", color: GREY, strokeDash: [2, 2] },
    encoding: { [axis]: { datum: measure.reference } },
  }];
}
