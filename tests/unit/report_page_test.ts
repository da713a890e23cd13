// The page of a report: one file, whose charts and tables say what was measured, and where
// nothing was.

import { assert, assertEquals } from "@std/assert";
import { stylesOf } from "../../bench/report/chart_styles.ts";
import { chartsOf, draw } from "../../bench/report/charts.ts";
import { judge } from "../../bench/report/goals.ts";
import { renderPage } from "../../bench/report/page.ts";
import type {
  CaseReport,
  FamilyReport,
  Report,
  Series,
} from "../../bench/report/report.ts";
import { test } from "../support/stage.ts";
import { makeReport } from "./report_fixture.ts";
import { assertWellFormed, chartsIn, textsOf } from "./report_markup.ts";

const report = makeReport();
/** Drawn once for all tests that only look. */
let drawn: Promise<string> | undefined;
const page = () => drawn ??= renderPage(report, judge(report));

function family(name: string, from: Report = report): FamilyReport {
  return from.families.find((family) => family.name === name)!;
}

/** A report of one family. */
function only(family: FamilyReport, rest: Partial<Report> = {}): Report {
  return { ...report, ...rest, families: [family] };
}

/** The family with other series. */
function withSeries(
  family: FamilyReport,
  change: (series: CaseReport["series"], item: CaseReport) => object,
): FamilyReport {
  const cases = family.cases.map((item) => ({
    ...item,
    series: change(item.series, item) as Record<string, Series>,
  }));
  return { ...family, cases };
}

test("The page is well-formed, and has a section for each family", async () => {
  const text = await page();
  assert(/^<!DOCTYPE html>\s*<html lang="en">/.test(text));
  assertWellFormed(text);
  for (const { title } of report.families) {
    assert(text.includes(`>${title}</h2>`), title);
    assert(text.includes(`>${title}</a>`), title);
  }
  const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  assertEquals(ids.length, new Set(ids).size, "an id is there twice");
});

test("The page loads nothing and runs nothing", async () => {
  const text = await page();
  const addresses = text.match(/\b\w+:\/\/[^"\s<]+/g) ?? [];
  assertEquals(
    [...new Set(addresses)].toSorted(),
    ["http://www.w3.org/1999/xlink", "http://www.w3.org/2000/svg"],
  );
  assert(!/<(script|link|img|iframe|object)\b|@import|\bon\w+=/.test(text));
  assert(!/url\((?!#)/.test(text));
});

test("Each chart has a description, a legend of its contenders, and axes with units", async () => {
  const styles = stylesOf(report.families);
  const drawn = chartsIn(await page());
  const charts = report.families.flatMap((family) =>
    chartsOf(family, styles, report.machine.cores)
  );
  assertEquals(drawn.length, charts.length);
  for (const [i, { measure, styles, axis, numeric }] of charts.entries()) {
    assert(/^<svg role="img"\s+aria-label="[^"]+"/.test(drawn[i]!));
    const texts = textsOf(drawn[i]!);
    for (const name of styles.keys()) assert(texts.includes(name), name);
    assert(texts.some((text) => text.startsWith(measure.axis)), measure.axis);
    if (numeric) assert(texts.includes(axis), axis);
    const unit = { time: /^\d+ (ns|µs|ms)$/, bytes: /^\d+ (B|KiB)$/ };
    if (measure.quantity === "number") continue;
    assert(texts.some((text) => unit[measure.quantity as "time"].test(text)));
  }
});

test("An axis is logarithmic if values differ by ten times, and says so", async () => {
  for (const [factor, log] of [[9, false], [11, true]] as const) {
    const near = withSeries(family("barrier"), () => ({
      ours: { samples: [[100, 100], [100, 100]] },
      other: { samples: [[100 * factor, 100 * factor]] },
    }));
    const [chart] = chartsOf(near, stylesOf([near]), 2);
    const svg = (await draw(chart!, "")).toString();
    const texts = textsOf(svg);
    assertEquals(texts.some((text) => text.includes("log scale")), log);
    const places = new Map(
      [...svg.matchAll(/translate\(-7,([\d.]+)\)"[^>]*>([^<]+)/g)]
        .map(([, place, text]) => [text!, Number(place)]),
    );
    const length = (from: string, to: string) =>
      Math.round(places.get(from)! - places.get(to)!);
    if (log) assertEquals(length("100 ns", "200 ns"), length("1 µs", "2 µs"));
    else assertEquals(length("0 ns", "200 ns"), length("200 ns", "400 ns"));
    // Only a logarithmic axis may leave out 0.
    assertEquals(texts.includes("0 ns"), !log);
  }
});

test("What was not measured has no point and no line, and the table says so", async () => {
  const lock = family("lock");
  const first = lock.cases[0]!.group;
  const hole = withSeries(
    lock,
    ({ ours, ...rest }, { group, x }) =>
      group === first && x !== 4 ? { ...rest, ours } : rest,
  );
  const marks = async (family: FamilyReport) => {
    const [chart] = chartsOf(family, stylesOf([lock]), 2);
    const svg = (await draw(chart!, "")).toString();
    // Vega groups what it draws by kind; ours are the only ones of this colour.
    const lines = [...svg.matchAll(/<path [^>]*/g)].map((
      [tag],
    ) => tag)
      .filter((tag) => tag.includes('stroke="#0072b2"'));
    const points = lines.filter((tag) => tag.includes('fill="#0072b2"'));
    const moves = lines.filter((tag) => !points.includes(tag)).map((tag) =>
      / d="([^"]*)"/.exec(tag)![1]!.match(/M/g)!.length
    );
    return { points: points.length, moves };
  };
  assertEquals(await marks(lock), { points: 5 + 5 + 1, moves: [1, 1] });
  assertEquals(await marks(hole), { points: 4 + 1, moves: [2] });
  const page = await renderPage(only(hole));
  // Of each panel, one place in one group, and the five of the other.
  assertEquals(page.match(/>not measured</g)?.length, 7 * (1 + 5));
});

test("A contender that was measured once has no interval", async () => {
  const once = withSeries(family("memory"), () => ({
    ours: { samples: [[64]] },
    floor: { samples: [[0]] },
  }));
  const page = await renderPage(only(once));
  assert(page.includes("interval unknown"));
  assert(!/NaN|Infinity|undefined|null/.test(page));
});

test("Texts of a report are escaped", async () => {
  const text = `<b>"&'\\`;
  const { cases, ...rest } = family("async-lock");
  const odd: FamilyReport = {
    ...rest,
    name: text,
    title: text,
    about: text,
    axis: text,
    cases: cases.map((item) => ({
      ...item,
      group: text,
      series: { ...item.series, [text]: item.series["ours"]! },
    })),
  };
  const page = await renderPage(only(odd, {
    commit: text,
    date: text,
    machine: { ...report.machine, cpu: text, os: text },
    versions: { [text]: text },
  }));
  assertWellFormed(page);
  assert(!page.includes("<b>&"));
  assert(page.includes("&lt;b&gt;") && page.includes("&#60;b&#62;"));
});

test("Native contenders are marked: hollow, and dashed", async () => {
  const lock = family("lock");
  const styles = stylesOf(report.families);
  for (const [name, { hollow, dash }] of styles) {
    assertEquals(hollow, name.endsWith("(native)"), name);
    if (hollow) assert(dash[1] > 0);
  }
  const [chart] = chartsOf(lock, styles, 2);
  const svg = (await draw(chart!, "")).toString();
  const legend = svg.indexOf(">pthread (native)<");
  const symbol = svg.slice(svg.lastIndexOf("<path transform", legend), legend);
  assert(symbol.includes('fill="#fff"'));
  assert(svg.includes('stroke-dasharray="7,3"'));
});

test("Contenders look the same on the whole page, and different from each other", () => {
  const styles = stylesOf(report.families);
  const looks = [...styles.values()].map((style) => JSON.stringify(style));
  assertEquals(new Set(looks).size, looks.length);
  for (const family of report.families) {
    const colors = Object.keys(family.cases[0]!.series)
      .map((name) => styles.get(name)!.color);
    assertEquals(new Set(colors).size, colors.length, family.name);
  }
  assertEquals(styles.get("ours")!.color, "#0072b2");
});

test("Where there are more workers than cores, the chart says so", async () => {
  for (const [cores, rules] of [[2, 3], [16, 0]] as const) {
    const [chart] = chartsOf(
      family("barrier"),
      stylesOf(report.families),
      cores,
    );
    const texts = textsOf((await draw(chart!, "")).toString());
    const panels = new Set(family("barrier").cases.map(({ group }) => group));
    assertEquals(
      texts.filter((text) => text === "cores").length,
      rules && panels.size,
    );
  }
});

test("A range is shown from end to end", async () => {
  const unfair = withSeries(family("lock"), ({ ours }) => ({
    ours: { ...ours, shares: [[1, 9]] },
  }));
  const chart = chartsOf(unfair, stylesOf([unfair]), 2)
    .find(({ measure }) => measure.ranges)!;
  const texts = textsOf((await draw(chart, "")).toString());
  // The most is 1.8 times the fair share.
  assertEquals(texts.filter((text) => text === "2").length, 1 + 2);
  const page = await renderPage(only(unfair));
  assert(page.includes("0.200 to 1.80"));
});

test("Goals stand on the page with what was seen of them", async () => {
  const text = await page();
  const verdicts = judge(report);
  const seen = verdicts.filter(({ holds }) => holds !== undefined);
  const held = seen.filter(({ holds }) => holds);
  assert(text.includes(`${held.length} of ${seen.length} comparisons`));
  assertEquals(text.match(/✓ holds/g)?.length, held.length);
  assertEquals(text.match(/✗ missed/g)?.length, seen.length - held.length);
  assert(!(await renderPage(only(family("memory")))).includes("Goals"));
});
