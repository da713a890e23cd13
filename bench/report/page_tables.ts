/**
 * The tables of the page: what charts show, and which goals hold.
 *
 * @module
 */

import { format, type Quantity } from "./chart_scale.ts";
import type { Chart, Point } from "./charts.ts";
import { round } from "./digits.ts";
import { caseOf, type Goal, type Verdict } from "./goals.ts";
import { type Html, html } from "./html.ts";
import type { Report } from "./report.ts";
import type { Estimate } from "./statistics.ts";

const MISSING = html`<td class="unknown">not measured</td>`;

/** All numbers of a chart. */
export function numbersOf(chart: Chart, title: string): Html {
  const { measure, points, axis } = chart;
  const contenders = [...chart.styles.keys()];
  const panels = Object.keys(measure.panels);
  const groups = Map.groupBy(points, ({ group }) => group);
  const bars = measure.ranges
    ? "from the least to the most"
    : "with their intervals";
  const ratios = measure.compared
    ? "; below it how many times as long it takes as ours, and the interval of that"
    : "";
  const rows = [...groups].map(([group, points]) => {
    const places = Map.groupBy(
      points.toSorted((a, b) => chart.numeric ? Number(a.x) - Number(b.x) : 0),
      ({ x }) => x,
    );
    return html`<tbody>${
      group === "" ? "" : html`
        <tr>
          <th colspan="${contenders.length + 1}" scope="rowgroup">${group}</th>
        </tr>
      `
    }${
      [...places].map(([x, points]) =>
        panels.map((panel) => {
          const cells = contenders.map((contender) =>
            cellOf(
              points.find((point) =>
                point.panel === panel && point.contender === contender
              ),
              chart,
            )
          );
          const place = typeof x === "number" ? format(x, "number") : x;
          return html`<tr><th scope="row">${place} ${panel}</th>${cells}</tr>`;
        })
      )
    }</tbody>`;
  });
  return html`
    <details>
      <summary>The numbers</summary>
      <div class="table">
        <table class="numbers">
    <caption>${title}: values, ${bars}${ratios}.</caption>
    <thead><tr><th scope="col">${axis}</th>${contenders.map((name) =>
      html`<th scope="col">${name}</th>`
    )}</tr></thead>
    ${rows}
        </table>
      </div>
    </details>
  `;
}

function cellOf(point: Point | undefined, { measure }: Chart): Html {
  if (point?.seen === undefined) return MISSING;
  const { quantity, ranges } = measure;
  const interval = intervalOf(
    point.seen,
    (value) => valueOf(value, quantity),
  );
  if (ranges) return html`<td>${interval}</td>`;
  const { ratio } = point;
  const compared = ratio === undefined
    ? ""
    : html`<small>${timesOf(ratio)}</small>`;
  return html`<td>${
    valueOf(point.seen.value, quantity)
  } <small>${interval}</small>${compared}</td>`;
}

/** The goals, and what was seen of them. */
export function goalsOf(report: Report, verdicts: readonly Verdict[]): Html {
  const goals = Map.groupBy(verdicts, ({ goal }) => goal);
  return html`
    <div class="table">
      <table class="goals">
    <caption>How many times as long the other takes as ours, or ours as the other where the goal is a most; with intervals.</caption>
    <thead><tr>${[
      "goal",
      "compared with",
      "wanted",
      "case",
      "measured",
      "verdict",
    ]
      .map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
    ${[...goals].map((goal) => goalOf(report, ...goal))}
      </table>
    </div>
  `;
}

/** A row for each case; but one for all, if none was measured. */
function goalOf(
  report: Report,
  { name, family, than, least, most = 1 }: Goal,
  verdicts: readonly Verdict[],
): Html {
  const seen = verdicts.filter(({ ratio }) => ratio);
  const wanted = least === undefined
    ? `at most ${most}×`
    : `at least ${least}×`;
  const rows = Math.max(1, seen.length);
  const first = html`
    <th scope="rowgroup" rowspan="${rows}">${name}</th>
    <td rowspan="${rows}">${than}</td>
    <td rowspan="${rows}">${wanted}</td>
  `;
  if (seen.length === 0) {
    return html`
      <tbody>
        <tr>${first}<td></td><td></td>${MISSING}</tr>
      </tbody>
    `;
  }
  const cases = seen.map((verdict, i) => {
    return html`
      <tr>${i === 0 ? first : ""}<td>${placeOf(report, family, verdict.id)}</td>
      <td>${timesOf(verdict.ratio!)}</td>${verdictOf(verdict)}</tr>
    `;
  });
  return html`
    <tbody>${cases}</tbody>
  `;
}

function placeOf(report: Report, family: string, id: string): string {
  const { group, x } = caseOf(report, family, id)!;
  const { axis } = report.families.find(({ name }) => name === family)!;
  const place = typeof x === "number" ? `${axis}: ${x}` : x;
  return group === "" ? place : `${group}; ${place}`;
}

/** In words and not in colours only; what may differ in the next run says so. */
function verdictOf({ holds, withinNoise }: Verdict): Html {
  if (holds === undefined) return MISSING;
  const noise = withinNoise ? ", within noise" : "";
  return holds
    ? html`<td class="holds">✓ holds${noise}</td>`
    : html`<td class="missed">✗ missed${noise}</td>`;
}

/** In a column, numbers have as many digits. */
function exact(value: number): string {
  return round(value, 3);
}

function valueOf(value: number, quantity: Quantity): string {
  return format(value, quantity, exact);
}

function timesOf({ value, low, high }: Estimate): string {
  const times = (value: number) => `${exact(value)}×`;
  return `${times(value)} (${intervalOf({ value, low, high }, times)})`;
}

function intervalOf(
  { low, high }: Estimate,
  write: (value: number) => string,
): string {
  if (low === high) return write(low);
  return low <= 0 || high === Infinity
    ? "interval unknown"
    : `${write(low)} to ${write(high)}`;
}
