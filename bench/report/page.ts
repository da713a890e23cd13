/**
 * The page of a report: one file of HTML that loads nothing and runs nothing.
 *
 * @module
 */

import { format } from "./chart_scale.ts";
import { type Chart, chartsOf, draw } from "./charts.ts";
import { type Style, stylesOf } from "./chart_styles.ts";
import type { Verdict } from "./goals.ts";
import { Html, html, type Part } from "./html.ts";
import { STYLE } from "./page_style.ts";
import { goalsOf, numbersOf } from "./page_tables.ts";
import type { FamilyReport, Report } from "./report.ts";

/** The page. */
export async function renderPage(
  report: Report,
  verdicts: readonly Verdict[] = [],
): Promise<string> {
  const styles = stylesOf(report.families);
  const families: Html[] = [];
  for (const family of report.families) {
    families.push(
      await familyOf(family, styles, report.machine.cores),
    );
  }
  const goals = verdicts.length === 0 ? "" : html`
    <h2 id="goals">Goals</h2>
    <p>${summaryOf(verdicts)}</p>
    ${goalsOf(report, verdicts)}
  `;
  return html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Interlock, measured</title>
        <style>${new Html(STYLE)}</style>
      </head>
      <body>
        <header>
          <h1>Interlock, measured</h1>
          <p>Threading primitives over shared memory, beside what they could cost, what a simple one costs, and what others offer.</p>
        </header>
        <main>
    ${originOf(report)}
    ${readingOf(report)}
    <nav aria-label="Contents"><h2>Contents</h2>
    <ul>${verdicts.length === 0
      ? ""
      : html`<li><a href="#goals">Goals</a></li>`}
    ${report.families.map(({ name, title }) =>
      html`<li><a href="#family-${name}">${title}</a></li>`
    )}</ul></nav>
    ${goals}
    ${families}
        </main>
      </body>
    </html>
  `.toString().trimStart();
}

/** Where, when and how it was measured, and what disturbed it. */
function originOf(
  { machine, versions, commit, date, settings, gate }: Report,
): Html {
  const { passes, turns, milliseconds, window, grid, quiet } = settings;
  const noise = gate.works
    ? `Others might use ${quiet} cores, and used ${
      format(gate.others, "number")
    } on average. Of ${gate.visits} visits (the turns of a case in a pass), ${gate.repeated} were made again, and ${gate.noisy} stayed noisy to the last attempt.`
    : "This system does not tell what others use: nothing was repeated, and noise was not seen.";
  const facts: readonly (readonly [name: string, text: string])[] = [
    ["Processor", `${machine.cpu}, ${machine.cores} cores, ${machine.arch}`],
    ["Memory", format(machine.memory, "bytes")],
    ["System", machine.os],
    [
      "Versions",
      Object.entries(versions).map((entry) => entry.join(" ")).join(", "),
    ],
    ["Commit", commit],
    ["Date", date],
    [
      "Settings",
      `${grid} grid; passes: ${passes}; turns in a pass: ${turns}, of about ${milliseconds} ms each; acquisitions were timed for ${window} ms in a pass`,
    ],
    ["Noise", noise],
  ];
  return html`<h2>What it was measured on</h2>
<dl>${
    facts.map(([name, text]) =>
      html`
        <dt>${name}</dt>
        <dd>${text}</dd>
      `
    )
  }</dl>`;
}

function readingOf({ machine: { cores } }: Report): Html {
  return html`
    <h2>How to read this</h2>
    <ul>
      <li>Of times and bytes less is better, of throughput more; each chart says so.</li>
      <li>Points are typical values, and bars are 95 % confidence intervals unless a chart says otherwise. A bar that is hidden by its point is shorter than the point; one that ends at the edge of a panel is longer than it looks. Where marks hide each other, ours is on top.</li>
      <li>Ratios count, and not times: another machine has other times, while all contenders of a case took turns on this one. They stand under each chart, with all numbers.</li>
      <li>Panels of a chart have the same scale. On a log scale, the same distance is the same ratio.</li>
      <li><b>floor</b> is what any solution has to pay, <b>naive</b> the simplest solution that is right, and <b>native</b> does not run in JavaScript: its marks are hollow and its lines dashed. Others are packages by their names. What was not measured has no point, and lines do not pass over it.</li>
      <li>This machine has ${cores} cores. Where a panel is grey, more threads than cores took turns on them: it shows how well a primitive shares, and not how it scales. Nothing here tells about machines with more cores.</li>
    </ul>
  `;
}

function summaryOf(verdicts: readonly Verdict[]): string {
  const seen = verdicts.filter(({ holds }) => holds !== undefined);
  const held = seen.filter(({ holds }) => holds).length;
  const missing = verdicts.length - seen.length;
  return `${held} of ${seen.length} comparisons are as wanted${
    missing === 0 ? "" : `; ${missing} more were not measured`
  }. Within noise means that the limit is inside the interval: another run may say something else.`;
}

/** The section of a family. */
async function familyOf(
  family: FamilyReport,
  styles: ReadonlyMap<string, Style>,
  cores: number,
): Promise<Html> {
  const charts = chartsOf(family, styles, cores);
  const figures: Html[] = [];
  for (const chart of charts) {
    figures.push(await figureOf(family, chart));
  }
  return html`
    <section aria-labelledby="family-${family.name}">
    <h2 id="family-${family.name}">${family.title}</h2>
    <p>${proseOf(family.about)}</p>
    ${figures}
    </section>
  `;
}

/** What stands between backticks is code. */
function proseOf(text: string): Part[] {
  return text.split("`").map((part, i) =>
    i % 2 === 0 ? part : html`<code>${part}</code>`
  );
}

/** A chart with its numbers; folded, if another chart shows the same. */
async function figureOf(
  family: FamilyReport,
  chart: Chart,
): Promise<Html> {
  const { title, measure: { caption, axis, again }, styles } = chart;
  const label = `${family.title}: ${title}. ${axis} of ${
    [...styles.keys()].join("; ")
  }`;
  const svg = await draw(chart, label);
  const figure = html`
    <figure>
    <figcaption><h3>${title}</h3><p>${caption}</p></figcaption>
    <div class="chart" tabindex="0">${svg}</div>
    ${numbersOf(chart, `${family.title}: ${title}`)}
    </figure>
  `;
  return again
    ? html`
      <details><summary>The same as ${title
        .toLowerCase()}</summary>${figure}</details>
    `
    : figure;
}
