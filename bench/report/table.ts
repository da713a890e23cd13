/**
 * The tables in the README's section "Measured", made from a report.
 *
 * `deno run -A bench/report/table.ts --write` writes those of `bench/report.json` between
 * the markers in the README; without the option it prints them.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { roleOf } from "../support/family.ts";
import { format } from "./chart_scale.ts";
import { digits, round } from "./digits.ts";
import { caseOf, ratioOf } from "./goals.ts";
import { type Cell, headlines, type Table } from "./headlines.ts";
import { readReport } from "./read.ts";
import type { Report } from "./report.ts";
import { type Estimate, estimate, inverse, median } from "./statistics.ts";

const BEGIN = "<!-- measured -->", END = "<!-- /measured -->";

/** The tables, and where they were measured, as `deno fmt` formats them. */
export function renderTable(report: Report): string {
  const tables = headlines.map((table) => markdownOf(report, table));
  const parts = [...tables, noteOf(report)].filter((part) => part !== "");
  return formatted(parts.join("\n\n"));
}

/** The README with these tables between its markers. */
export function writeTable(readme: string, report: Report): string {
  const begin = readme.indexOf(BEGIN), end = readme.indexOf(END);
  if (begin < 0 || end < begin) {
    throw new Error(
      `Cannot write tables: 'readme' must have a line ${BEGIN}, and a line ${END} after it`,
    );
  }
  const before = readme.slice(0, begin + BEGIN.length);
  return `${before}\n\n${renderTable(report)}\n${readme.slice(end)}`;
}

/** A table without the lines and columns of which nothing was measured. */
function markdownOf(report: Report, { head, rows }: Table): string {
  const lines = rows.map(({ name, cells }) => ({
    name,
    cells: cells.map((cell) => cell ? textOf(report, cell) : ""),
  })).filter(({ cells }) => cells.some((cell) => cell !== ""));
  if (lines.length === 0) return "";
  const [common, ...names] = head;
  const columns = names.map((_, column) => column)
    .filter((column) => lines.some(({ cells }) => cells[column] !== ""));
  const line = (first: string, texts: readonly string[]) =>
    `| ${[first, ...columns.map((column) => texts[column]!)].join(" | ")} |`;
  return [
    line(common!, names),
    line("---", names.map(() => "---")),
    ...lines.map(({ name, cells }) => line(name, cells)),
  ].join("\n");
}

/** What a cell says, if it was measured. */
function estimateOf(
  report: Report,
  { family, id, ours = "ours", of, than, price }: Cell,
): Estimate | undefined {
  const item = caseOf(report, family, id);
  if (item === undefined) return undefined;
  if (than === undefined) {
    const series = item.series[ours];
    return series && estimate(series);
  }
  const ratio = ratioOf({ ours, than, ...of && { of } }, item);
  return ratio && price ? inverse(ratio) : ratio;
}

function textOf(report: Report, cell: Cell): string {
  const seen = estimateOf(report, cell);
  if (seen === undefined) return "";
  const text = digits(seen);
  return cell.than === undefined ? format(Number(text), "time") : text;
}

/** How far off half of the cells may be, at most, in percent. */
function noiseOf(report: Report): string {
  const widths = headlines.flatMap(({ rows }) => rows)
    .flatMap(({ cells }) => cells)
    .map((cell) => cell && estimateOf(report, cell))
    .flatMap((seen) => seen ? [(seen.high / seen.low) ** 0.5 - 1] : []);
  return widths.length === 0
    ? ""
    : `Half of the numbers are known within ${
      round(100 * median(widths), 1)
    } %, with a confidence of 95 %.`;
}

/** Where, when and how it was measured. */
function noteOf(report: Report): string {
  const { machine, settings, commit, date } = report;
  const measured = new Set(
    report.families.flatMap(({ cases }) =>
      cases.flatMap(({ series }) => Object.keys(series))
    ).map((name) => name.split(", ", 1)[0]!),
  );
  const native = [...measured].some((name) => roleOf(name) === "native");
  const versions = Object.entries(report.versions)
    .filter(([name]) => measured.has(name) || (native && name === "compiler"))
    .map(([name, version]) =>
      name === "compiler" ? version : `\`${name}\` ${version}`
    );
  const { deno, v8 } = report.versions;
  return [
    `Measured on ${machine.cpu}, ${machine.cores} cores, ${
      format(machine.memory, "bytes")
    }, ${machine.os}, ${machine.arch}, by Deno ${deno} with V8 ${v8}`,
    versions.length > 0 ? `, ${versions.join(", ")}` : "",
    `; commit ${commit}, ${
      date.slice(0, 10)
    }, ${settings.passes} passes of ${settings.turns} turns. `,
    "Empty cells were not measured. ",
    noiseOf(report),
  ].join("");
}

function formatted(markdown: string): string {
  const { status, stdout, stderr } = spawnSync(
    Deno.execPath(),
    ["fmt", "--ext=md", "-"],
    { input: markdown, encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`Cannot format tables: ${stderr}`);
  return stdout;
}

if (import.meta.main) {
  const report = readReport("bench/report.json");
  if (Deno.args.includes("--write")) {
    const readme = Deno.readTextFileSync("README.md");
    Deno.writeTextFileSync("README.md", writeTable(readme, report));
  } else console.log(renderTable(report));
}
