// Comparing reports: what changed is marked, and what the machine did is not.

import { assert, assertEquals, assertThrows } from "@std/assert";
import { roleOf } from "../../bench/support/family.ts";
import { main, mostByChance } from "../../bench/report/compare.ts";
import {
  type Change,
  compareReports,
  type Comparison,
} from "../../bench/report/comparison.ts";
import type { Report } from "../../bench/report/report.ts";
import { Random } from "../../testing/_random.ts";
import { makeReport } from "./report_fixture.ts";
import { noisy } from "./report_noise.ts";

/** How many times as long a contender takes. */
type Factor = (contender: string, family: string, id: string) => number;

/** A report in which some take longer. */
function slowed(report: Report, factor: Factor): Report {
  const families = report.families.map((family) => ({
    ...family,
    cases: family.cases.map((item) => ({
      ...item,
      series: Object.fromEntries(
        Object.entries(item.series).map(([contender, series]) => {
          const times = factor(contender, family.name, item.id);
          const samples = series.samples.map((turns) =>
            turns.map((value) => value * times)
          );
          return [contender, { ...series, samples }];
        }),
      ),
    })),
  }));
  return { ...report, families };
}

const assertMatch = (text: string, pattern: RegExp) =>
  assert(pattern.test(text), `${pattern} does not match ${text}`);

const isOurs = (contender: string) => roleOf(contender) === "ours";

function marked({ changes }: Comparison): Change[] {
  return changes.filter(({ verdict }) => verdict !== "unchanged");
}

/** Does what the program does with two files, and hands out its code and what it prints. */
function run(
  old: unknown,
  now: unknown,
  ...options: string[]
): { code: number; text: string } {
  const folder = Deno.makeTempDirSync();
  try {
    const paths = [old, now].map((value, n) => {
      const path = `${folder}/${n}.json`;
      const text = typeof value === "string" ? value : JSON.stringify(value);
      Deno.writeTextFileSync(path, text);
      return path;
    });
    const lines: string[] = [];
    const code = main([...paths, ...options], (line) => lines.push(line));
    return { code, text: lines.join("\n") };
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("Two reports of one commit agree", () => {
  const { code, text } = run(makeReport(1), makeReport(2), "--same");
  assertMatch(text, /The reports agree/);
  assertEquals(code, 0);
});

Deno.test("Two reports that differ by more than they state do not agree", () => {
  const chance = new Random(1);
  const now = slowed(makeReport(2), () => Math.exp(chance.fraction()));
  const { code, text } = run(makeReport(1), now, "--same");
  assertEquals(code, 1);
  assertMatch(text, /do not agree/);
});

Deno.test("What takes longer is marked, and nothing else", () => {
  const now = slowed(
    makeReport(2),
    (contender, family) => contender === "ours" && family === "lock" ? 1.5 : 1,
  );
  const { changes } = compareReports(makeReport(1), now);
  for (const { contender, family, verdict } of changes) {
    const slower = contender === "ours" && family === "lock";
    assertEquals(verdict, slower ? "slower" : "unchanged");
  }
  const back = marked(compareReports(now, makeReport(1)));
  assert(back.every(({ verdict }) => verdict === "faster"));
});

Deno.test("A slower machine changes nothing", () => {
  const now = slowed(makeReport(2), (_, family) => {
    return family === "lock" ? 2 : family === "memory" ? 1 : 1.5;
  });
  const comparison = compareReports(makeReport(1), now);
  assertEquals(marked(comparison), []);
  const { low, high } = comparison.drifts["lock"]!;
  assert(low < 2 && 2 < high);
  const ours = comparison.changes.find(({ contender }) => isOurs(contender))!;
  assert(ours.plain.value > 1.8 && ours.normalised.value < 1.2);
});

Deno.test("A slower machine does not hide what became slower", () => {
  const now = slowed(makeReport(2), (contender, family) => {
    return isOurs(contender) ? 2 : family === "memory" ? 1 : 1.3;
  });
  const { changes } = compareReports(makeReport(1), now);
  for (const { part, verdict } of changes) {
    assertEquals(verdict, part === "ours" ? "slower" : "unchanged");
  }
});

Deno.test("A peer of another version does not tell what the machine did", () => {
  const now = slowed(
    makeReport(2),
    (contender) => contender === "multithreading" ? 3 : 1,
  );
  const versions = { ...now.versions, multithreading: "9.9.9" };
  const { changes, warnings } = compareReports(makeReport(1), {
    ...now,
    versions,
  });
  for (const { contender, part, verdict } of changes) {
    const other = contender === "multithreading";
    assertEquals(part === "changed", other);
    assertEquals(verdict, other ? "slower" : "unchanged");
  }
  assertEquals(warnings, ["versions: multithreading was 0.1.0, is 9.9.9"]);
});

Deno.test("If what cannot have changed differs, all intervals are wider", () => {
  const chance = new Random(2);
  const now = slowed(makeReport(2), () => Math.exp(chance.fraction() - 0.5));
  const comparison = compareReports(makeReport(1), now);
  assert(comparison.widening > 1.5);
  const narrow = compareReports(makeReport(1), now, { widen: false });
  assert(marked(narrow).length > 2 * marked(comparison).length);
});

Deno.test(
  "Of cases that have not changed, one in a hundred is marked at most",
  {
    timeout: 30_000,
  },
  () => {
    const chance = new Random(3);
    const report = (passes: number): Report => {
      const { families, ...rest } = makeReport(1);
      const { cases, ...family } = families[0]!;
      const names = ["ours", "floor", "naive", "multithreading"];
      const series = () =>
        Object.fromEntries(names.map((name) => [name, {
          samples: noisy(chance, 100, passes, 5, [0.05, 0.05]),
        }]));
      return {
        ...rest,
        families: [{
          ...family,
          cases: Array.from({ length: 500 }, (_, n) => ({
            ...{ ...cases[0]!, id: String(n), series: series() },
          })),
        }],
      };
    };
    for (const passes of [2, 3, 5]) {
      const comparison = compareReports(report(passes), report(passes));
      const { length } = marked(comparison);
      assert(
        length <= 20,
        `${length} of ${comparison.changes.length} are marked`,
      );
      assert(comparison.widening < 1.1);
    }
  },
);

Deno.test("What only one report has is told, and other settings are warned of", () => {
  const { code, text } = run(makeReport(1), makeReport(2, "full"));
  assertEquals(code, 0);
  assertMatch(text, /Only in the new one \(\d+\): lock /);
  assertMatch(text, /Warning: settings: grid was quick, is full/);
  assertEquals(text.includes("Only in the old one"), false);
});

Deno.test("Marks of a single pass are warned of", () => {
  const report = makeReport(1);
  const once = { ...report, settings: { ...report.settings, passes: 1 } };
  assertMatch(
    compareReports(once, once).warnings.join(),
    /^settings: one pass/,
  );
});

Deno.test("Samples that have no ratio are not compared", () => {
  const now = slowed(
    makeReport(2),
    (contender) => contender === "ours" ? 0 : 1,
  );
  const { changes, without } = compareReports(makeReport(1), now);
  assertEquals(changes.some(({ contender }) => contender === "ours"), false);
  assert(without.length > 0);
});

Deno.test("Becoming slower fails only if that is asked for, and not for others", () => {
  const old = makeReport(1), option = "--fail-on-slower";
  const ours = slowed(makeReport(2), (name) => name === "ours" ? 2 : 1);
  assertEquals(run(old, ours).code, 0);
  assertEquals(run(old, ours, option).code, 1);
  const naive = slowed(makeReport(2), (name) => name === "naive" ? 2 : 1);
  assertEquals(run(old, naive, option).code, 0);
});

Deno.test("It lists what changed, all of it with --all, and JSON with --json", () => {
  const old = makeReport(1);
  const now = slowed(
    makeReport(2),
    (contender, family) => contender === "ours" && family === "pool" ? 2 : 1,
  );
  const { text } = run(old, now);
  assertMatch(text, /\npool: others take /);
  assertMatch(text, /ours .* slower\n/);
  assertEquals(text.includes("\nlock:"), false);
  assertMatch(text, /Ours: [1-9]\d* slower, 0 faster, [1-9]\d* unchanged/);
  assertMatch(text, /Chance alone marks up to \d+(\.\d)? of \d+/);
  assertMatch(run(old, now, "--all").text, /\nlock: others take /);
  const { text: json } = run(old, now, "--json");
  assertEquals(JSON.parse(json).changes, compareReports(old, now).changes);
});

Deno.test("How many chance marks grows with the cases", () => {
  assertEquals(mostByChance(0), 0);
  assertEquals(mostByChance(1), 0);
  assertEquals(mostByChance(100), 4);
  assertEquals(mostByChance(2000), 31);
});

Deno.test("It takes two files", () => {
  assertThrows(
    () => main(["one.json"], () => {}),
    TypeError,
    "Cannot compare reports: 'files' must be two paths, received 1",
  );
});
