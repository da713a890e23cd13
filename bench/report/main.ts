/**
 * `deno task report`: measures everything, and writes a JSON and a page.
 *
 * @module
 */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { families } from "../families/mod.ts";
import type { Grid } from "../support/family.ts";
import { judge, type Verdict } from "./goals.ts";
import { commit, machine, versions } from "./origin.ts";
import { renderPage } from "./page.ts";
import { ProgressBar } from "./progress.ts";
import { readReport } from "./read.ts";
import type { Report } from "./report.ts";
import { Run, SETTINGS } from "./run.ts";
import { writeTable } from "./table.ts";

const USAGE = `deno task report [options]

  --quick          a small grid, within a minute
  --only a,b       only these families: ${
  families.map(({ name }) => name).join(", ")
}
  --out folder     where report.json and report.html go: "report" if left out
  --from file      measure nothing, and render this JSON
  --readme         keep the JSON as bench/report.json, and write README's tables from it
  --help           this text`;

async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string" },
      out: { type: "string", default: "report" },
      from: { type: "string" },
      readme: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(USAGE);
  const report = values.from === undefined
    ? await measure(values.quick ? "quick" : "full", values.only?.split(","))
    : readReport(values.from);
  const verdicts = judge(report);
  const json = `${JSON.stringify(report)}\n`;
  Deno.mkdirSync(values.out, { recursive: true });
  const page = join(values.out, "report.html");
  Deno.writeTextFileSync(join(values.out, "report.json"), json);
  Deno.writeTextFileSync(page, await renderPage(report, verdicts));
  if (values.readme) {
    Deno.writeTextFileSync("bench/report.json", json);
    const readme = Deno.readTextFileSync("README.md");
    Deno.writeTextFileSync("README.md", writeTable(readme, report));
  }
  summarize(report, verdicts);
  console.log(`The page: ${page}`);
}

async function measure(grid: Grid, only?: readonly string[]): Promise<Report> {
  const known = families.map(({ name }) => name);
  const unknown = only?.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(
      `Cannot measure: '--only' must name some of ${
        known.join(", ")
      }, received ${unknown}`,
    );
  }
  const settings = SETTINGS[grid], date = new Date().toISOString();
  const run = new Run(
    families.filter(({ name }) => only?.includes(name) ?? true),
    settings,
  );
  const bar = new ProgressBar();
  try {
    for await (const { pass, family, item, done } of run.steps()) {
      bar.show(
        done,
        `pass ${pass + 1} of ${settings.passes}: ${family} ${item}`,
      );
    }
  } finally {
    bar.end();
  }
  return {
    format: 1,
    date,
    commit: commit(),
    machine: machine(),
    versions: await versions(),
    settings,
    ...run.measured,
  };
}

function summarize({ gate }: Report, verdicts: readonly Verdict[]): void {
  const { works, visits, repeated, noisy, others } = gate;
  console.log(
    works
      ? `Others used ${others} cores; of ${visits} visits ${repeated} were made again, and ${noisy} stayed noisy.`
      : "This system does not tell what others use: there was no noise gate.",
  );
  const seen = verdicts.filter(({ holds }) => holds !== undefined);
  const missed = seen.filter(({ holds }) => !holds);
  console.log(`${seen.length - missed.length} of ${seen.length} goals hold.`);
}

if (import.meta.main) {
  await main(Deno.args);
  Deno.exit(0);
}
