/**
 * `deno task compare old.json new.json`: what changed from one report to another.
 *
 * - `--all` lists what has not changed, too.
 * - `--json` prints all as JSON.
 * - `--fail-on-slower` ends with 1 if something of ours takes longer now.
 * - `--same` checks that two reports of one commit agree within the noise that they state:
 *   it takes their intervals as they are, and ends with 1 if more is marked than chance
 *   marks in 99 of 100 such pairs, if it marks each case with a probability of 1 %. Cases
 *   that share workers can be marked together, so close to that limit it may be wrong.
 *
 * What it marks, and why, is in `comparison.ts`.
 *
 * @module
 */

import { parseArgs } from "node:util";
import {
  BAND,
  type Change,
  compareReports,
  type Comparison,
  CONFIDENCE,
} from "./comparison.ts";
import { digits, interval, round } from "./digits.ts";
import { readReport } from "./read.ts";
import type { Report } from "./report.ts";
import { binomialDistribution } from "./stats_library.ts";

/** How much of a list of names is shown. */
const MOST_NAMES = 8;

/** Does what the arguments say, and returns the exit code. */
export function main(
  args: readonly string[],
  print: (text: string) => void,
): number {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      all: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      "fail-on-slower": { type: "boolean", default: false },
      same: { type: "boolean", default: false },
    },
  });
  const [oldPath, newPath] = positionals;
  if (oldPath === undefined || newPath === undefined || positionals[2]) {
    throw new TypeError(
      `Cannot compare reports: 'files' must be two paths, received ${positionals.length}`,
    );
  }
  const reports = [readReport(oldPath), readReport(newPath)] as const;
  const comparison = compareReports(...reports, { widen: !values.same });
  const { changes } = comparison;
  const marked = changes.filter(isMarked).length;
  const most = mostByChance(changes.length);
  if (values.json) print(JSON.stringify(comparison, undefined, 2));
  else {
    print(headOf(reports, comparison));
    for (const family of new Set(changes.map(({ family }) => family))) {
      const text = textOf(family, comparison, values.all);
      if (text !== "") print(text);
    }
    print(summaryOf(comparison));
    if (values.same) {
      const verdict = marked > most ? "do not agree" : "agree";
      print(
        `The reports ${verdict} within the noise that they state: ${marked} of ${changes.length} are marked, and chance alone would mark ${most} at most.`,
      );
    }
  }
  const slower = changes.some(({ part, verdict }) =>
    part === "ours" && verdict === "slower"
  );
  return (values.same && marked > most) || (values["fail-on-slower"] && slower)
    ? 1
    : 0;
}

/** How many of so many cases chance marks at most, in 99 of 100 comparisons. */
export function mostByChance(cases: number): number {
  if (cases === 0) return 0;
  let below = 0;
  const most = (binomialDistribution(cases, 1 - CONFIDENCE) ?? [])
    .findIndex((probability) => (below += probability) >= 0.99);
  return most < 0 ? cases : most;
}

const isMarked = ({ verdict }: Change) => verdict !== "unchanged";

function headOf(
  [old, now]: readonly [Report, Report],
  { warnings }: Comparison,
): string {
  const about = (name: string, { commit, date, machine }: Report) =>
    `${name}: ${commit}, ${date}, ${machine.cpu}, ${machine.cores} cores`;
  return [
    about("Old", old),
    about("New", now),
    ...warnings.map((warning) => `Warning: ${warning}`),
  ].join("\n");
}

function textOf(family: string, comparison: Comparison, all: boolean): string {
  const changes = comparison.changes.filter((change) =>
    change.family === family && (all || isMarked(change))
  );
  if (changes.length === 0) return "";
  const drift = comparison.drifts[family]!;
  const percent = CONFIDENCE * 100;
  const rows = changes.map((change) => [
    change.id,
    change.contender,
    round(change.old, 3),
    round(change.new, 3),
    digits(change.plain),
    digits(change.normalised),
    interval(change.normalised),
    change.verdict,
  ]);
  const head = ["case", "contender", "old", "new", "new / old", "normalised"];
  return [
    `\n${family}: others take ${
      round(drift.value, 3)
    } times as long as before (${interval(drift)})`,
    ...columns([[...head, `${percent} % interval`, ""], ...rows]),
  ].join("\n");
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) =>
    Math.max(...rows.map((row) => row[column]!.length))
  );
  return rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ")}`
      .trimEnd()
  );
}

function summaryOf(comparison: Comparison): string {
  const { changes, widening, onlyOld, onlyNew, without } = comparison;
  const count = (name: string, part: Change["part"]) => {
    const own = changes.filter((change) => change.part === part);
    if (own.length === 0) return [];
    const [slower, faster, unchanged] =
      (["slower", "faster", "unchanged"] as const)
        .map((verdict) =>
          own.filter((change) => change.verdict === verdict).length
        );
    return [
      `${name}: ${slower} slower, ${faster} faster, ${unchanged} unchanged`,
    ];
  };
  const list = (name: string, names: readonly string[]) => {
    if (names.length === 0) return [];
    const left = names.length - MOST_NAMES;
    const shown = names.slice(0, MOST_NAMES).join("; ");
    return [
      `${name} (${names.length}): ${shown}${left > 0 ? "; and more" : ""}`,
    ];
  };
  return [
    "",
    ...count("Ours", "ours"),
    ...count("Others, which cannot have changed", "other"),
    ...count("Others of another version", "changed"),
    ...list("Only in the old one", onlyOld),
    ...list("Only in the new one", onlyNew),
    ...list("Not compared, as they have samples that are not above 0", without),
    ...(widening > 1
      ? [
        `What cannot have changed differs by more than the reports state, so all intervals are ${
          round(widening, 2)
        } times as wide.`,
      ]
      : []),
    `Marked is what changed, beyond noise, by more than ${
      BAND * 100
    } %. Chance alone marks up to ${
      round((1 - CONFIDENCE) * changes.length, 2)
    } of ${changes.length}.`,
  ].join("\n");
}

if (import.meta.main) {
  try {
    Deno.exitCode = main(Deno.args, console.log);
  } catch (error) {
    console.error((error as Error).message);
    Deno.exitCode = 2;
  }
}
