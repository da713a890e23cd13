// The README's tables are those of the report, and goals are judged by what it says.

import { assert, assertEquals, assertThrows } from "@std/assert";
import { goalsFor, judge, type Verdict } from "../../bench/report/goals.ts";
import { headlines } from "../../bench/report/headlines.ts";
import { readReport } from "../../bench/report/read.ts";
import type { CaseReport, Report, Series } from "../../bench/report/report.ts";
import { renderTable, writeTable } from "../../bench/report/table.ts";
import { makeReport } from "./report_fixture.ts";

const README = `# A title

<!-- measured -->

| old |
| --- |

<!-- /measured -->

The end.
`;

/** A report of a lock: by case and contender, values that are known exactly, and latencies. */
function reportOf(
  cases: Readonly<Record<string, Readonly<Record<string, number>>>>,
  cores = 2,
): Report {
  const { families, ...rest } = makeReport();
  const seriesOf = (value: number): Series => ({
    samples: [[value, value], [value, value]],
    latency: [value ** 2, value ** 2].map((p99) => {
      return { p50: value, p99, p999: p99, max: p99, count: 1 };
    }),
  });
  return {
    ...rest,
    machine: { ...rest.machine, cores },
    families: [{
      ...families[0]!,
      name: "lock",
      cases: Object.entries(cases).map(([id, values]): CaseReport => ({
        ...{ id, group: "", x: 1 },
        series: Object.fromEntries(
          Object.entries(values).map(([name, value]) => [
            name,
            seriesOf(value),
          ]),
        ),
      })),
    }],
  };
}

function judged(report: Report, id: string, than: string): Verdict {
  return judge(report).find((verdict) =>
    verdict.id === id && verdict.goal.than === than
  )!;
}

Deno.test("A table has the ratios of a report, and no line or column without any", () => {
  const text = renderTable(reportOf({
    "0/0/1": { ours: 20, floor: 18.5, multithreading: 790 },
    "0/0/4": { ours: 30, multithreading: 1000 },
  }));
  const lines = text.split("\n").filter((line) => line.startsWith("|"))
    .map((line) => line.replace(/ +/g, " "));
  assertEquals(lines[0], "| by number of workers | 1 | 4 |");
  assertEquals(lines.slice(2), [
    "| `Lock`, empty section: times as long as two raw `Atomics` operations | 1.08 | |",
    "| times as fast as `multithreading` | 39.5 | 33.3 |",
  ]);
});

Deno.test("Beneath the tables stands what was measured, where and when", () => {
  const text = renderTable(makeReport()).replaceAll("\n", " ");
  const parts = [
    "A processor, 2.6 GHz, 2 cores, 8 GiB",
    "Deno 2.0.0 with V8 12.0, `multithreading` 0.1.0",
    "commit 0123456789abcdef-dirty, 2001-02-03, 3 passes of 4 turns",
  ];
  for (const part of parts) assert(text.includes(part), part);
});

Deno.test("Tables are put between the markers, and again the same", () => {
  const report = reportOf({ "0/0/1": { ours: 20, floor: 18.5 } });
  const written = writeTable(README, report);
  assert(written.startsWith("# A title\n\n<!-- measured -->\n\n|"));
  assert(written.endsWith("\n\n<!-- /measured -->\n\nThe end.\n"));
  assert(!written.includes("old"));
  assertEquals(writeTable(written, report), written);
});

Deno.test("A README without markers is refused", () => {
  const report = makeReport();
  for (const readme of ["", README.replace("/measured", "measured")]) {
    assertThrows(
      () => writeTable(readme, report),
      Error,
      "'readme' must have a line <!-- measured -->, and a line <!-- /measured --> after it",
    );
  }
});

Deno.test("A digit in the README that the report does not have is noticed", () => {
  const report = reportOf({ "0/0/1": { ours: 20, multithreading: 790 } });
  const written = writeTable(README, report);
  const changed = written.replace("39.5", "39.6");
  assert(written !== changed);
  assertEquals(writeTable(changed, report), written);
});

Deno.test("The README shows what bench/report.json says", () => {
  const root = new URL("../../", import.meta.url);
  const readme = Deno.readTextFileSync(new URL("README.md", root));
  const path = new URL("bench/report.json", root).pathname;
  try {
    Deno.statSync(path);
  } catch {
    assert(
      !readme.includes("<!-- measured -->"),
      "bench/report.json is missing",
    );
    return;
  }
  assertEquals(readme, writeTable(readme, readReport(path)));
});

Deno.test("Goals are met or missed, and only if they were measured", () => {
  const report = reportOf({
    "0/0/1": { ours: 20, floor: 19, multithreading: 590 },
  });
  const price = judged(report, "0/0/1", "floor");
  assertEquals([price.holds, price.withinNoise], [true, false]);
  assert(Math.abs(price.ratio!.value - 20 / 19) < 1e-9);
  const gain = judged(report, "0/0/1", "multithreading");
  assertEquals([gain.holds, gain.withinNoise], [false, false]);
  assertEquals(judged(report, "0/0/2", "multithreading").holds, undefined);
  const dear = reportOf({ "0/0/1": { ours: 23, floor: 20 } });
  assertEquals(judged(dear, "0/0/1", "floor").holds, false);
});

Deno.test("A goal of latency compares latencies", () => {
  const report = reportOf({ "0/0/2": { ours: 10, naive: 300 } });
  const verdict = judged(report, "0/0/2", "naive");
  assertEquals(verdict.goal.of, "p99");
  assertEquals(verdict.holds, true);
  assert(Math.abs(verdict.ratio!.value - 900) < 1e-9);
});

Deno.test("A limit within the interval is told", () => {
  const report = makeReport(1, "full");
  const [family] = report.families;
  const [item] = family!.cases;
  const samples = [[580, 600, 620], [590, 600, 640]];
  const series = { multithreading: { samples }, ours: { samples: [[20, 20]] } };
  const noisy = { ...item!, id: "0/0/1", series };
  const verdict = judged(
    { ...report, families: [{ ...family!, cases: [noisy] }] },
    "0/0/1",
    "multithreading",
  );
  assertEquals([verdict.holds, verdict.withinNoise], [true, true]);
});

Deno.test("Barriers have another goal where parties have no core each", () => {
  const limits = (cores: number) =>
    goalsFor(cores).filter(({ family }) => family === "barrier")
      .map(({ cases, least }) => [least, ...cases]);
  assertEquals(limits(2), [[100, "0/2"], [1, "0/4", "0/8", "0/16"]]);
  assertEquals(limits(16), [[100, "0/2", "0/4", "0/8", "0/16"]]);
});

Deno.test("Each line of the README's tables has a cell for each column", () => {
  for (const { head, rows } of headlines) {
    for (const { name, cells } of rows) {
      assertEquals(cells.length, head.length - 1, name);
    }
  }
});
