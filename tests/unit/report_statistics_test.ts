// The statistics of reports: intervals have the truth in them as often as they say.

import { assert, assertEquals } from "@std/assert";
import { digits, interval, round } from "../../bench/report/digits.ts";
import {
  estimate,
  inverse,
  jain,
  median,
  quantile,
  ratio,
  share,
} from "../../bench/report/statistics.ts";
import { Random } from "../../testing/_random.ts";
import { noisy } from "./report_noise.ts";

const TRUTH = 250;

/** Equal but for what logarithms round. */
function assertNear(a: number, b: number): void {
  assert(Math.abs(a - b) < 1e-9, `${a} is not ${b}`);
}

/** In how many of a hundred reports the interval has the truth in it. */
function coverage(
  passes: number,
  turns: number,
  noise: readonly [number, number],
): number {
  const chance = new Random(7), reports = 1000;
  let hits = 0;
  for (let n = 0; n < reports; n++) {
    const samples = noisy(chance, TRUTH, passes, turns, noise);
    const { value, low, high } = estimate({ samples });
    assert(low <= value && value <= high);
    if (low <= TRUTH && TRUTH <= high) hits++;
  }
  return 100 * hits / reports;
}

for (const passes of [2, 3, 5]) {
  const name =
    `Intervals of ${passes} passes have the truth in them in 95 of 100 reports`;
  Deno.test(name, { timeout: 30_000 }, () => {
    for (const turns of [4, 9]) {
      for (const between of [0.01, 0.03, 0.1]) {
        const percent = coverage(passes, turns, [between, 0.05]);
        const what = `${percent} % with ${turns} turns, ${between} of noise`;
        assert(percent > 93, what);
        // If passes hardly differ, the wider of two intervals is too wide.
        assert(percent < (between > 0.05 ? 97 : 99.8), what);
      }
    }
  });
}

Deno.test(
  "An interval of one pass covers its turns, but not what passes differ by",
  {
    timeout: 30_000,
  },
  () => {
    assert(coverage(1, 9, [0, 0.05]) > 85);
    assert(coverage(1, 9, [0.1, 0.05]) < 60);
  },
);

Deno.test("Passes that agree by luck are no surer than their turns", () => {
  const samples = [[90, 100, 110, 120], [80, 100, 110, 130]];
  const { low, high } = estimate({ samples });
  assert(high / low > 1.1);
});

Deno.test("Ratios within a turn are free of what disturbs both", {
  timeout: 30_000,
}, () => {
  const chance = new Random(3);
  const both = noisy(chance, 1, 3, 9, [0.5, 0.5]);
  const ours = noisy(chance, 10, 3, 9, [0.01, 0.01]).map((turns, pass) =>
    turns.map((value, turn) => value * both[pass]![turn]!)
  );
  const theirs = both.map((turns) => turns.map((value) => 300 * value));
  const paired = ratio({ samples: theirs }, { samples: ours });
  assert(paired.low <= 30 && 30 <= paired.high);
  assert(paired.high / paired.low < 1.2);
  // Somebody with turns of his own was disturbed by something else.
  const alone = theirs.map((turns) => turns.slice(1));
  const unpaired = ratio({ samples: alone }, { samples: ours });
  assert(unpaired.low <= 30 && 30 <= unpaired.high);
  assert(unpaired.high / unpaired.low > 2);
});

Deno.test("A ratio that is turned round is that of the other to the one", {
  timeout: 30_000,
}, () => {
  const chance = new Random(4);
  const [a, b] = [100, 250].map((value) => ({
    samples: noisy(chance, value, 3, 5, [0.02, 0.05]),
  }));
  const there = ratio(a!, b!), back = inverse(ratio(b!, a!));
  assertNear(there.value, back.value);
  assertNear(there.low, back.low);
  assertNear(there.high, back.high);
});

Deno.test("Of a single sample no interval is known, of equal ones it is empty", () => {
  assertEquals(estimate({ samples: [[64]] }).high, Infinity);
  const { value, low, high } = estimate({ samples: [[64, 64], [64, 64]] });
  for (const bound of [value, low, high]) assertNear(bound, 64);
});

Deno.test("Memory that did not grow has a value, but no ratio", () => {
  const none = { samples: [[0, 0], [0, 0]] }, some = { samples: [[8, 8]] };
  assertEquals(estimate(none), { value: 0, low: 0, high: 0 });
  assertEquals(ratio(some, none), { value: Infinity, low: 0, high: Infinity });
});

Deno.test("Fairness is 1 for equal shares, and 1 / n if one has all", () => {
  assertEquals(jain([5, 5, 5, 5]), 1);
  assertEquals(jain([20, 0, 0, 0]), 0.25);
  assertEquals(jain([0, 0]), 1);
  assertEquals(share([1, 2, 3]), { least: 0.5, most: 1.5 });
  assertEquals(share([0, 0]), { least: 1, most: 1 });
});

Deno.test("The middle quantile is the median", () => {
  for (const numbers of [[3, 1, 2], [4, 1, 3, 2]]) {
    assertEquals(quantile(numbers, 0.5), median(numbers));
  }
});

Deno.test("The statistics of a page take a second at most", {
  timeout: 30_000,
}, () => {
  const chance = new Random(5);
  const all = Array.from({ length: 1500 }, () => ({
    samples: noisy(chance, TRUTH, 5, 9, [0.05, 0.05]),
  }));
  const start = performance.now();
  for (const series of all) ratio(series, all[0]!);
  const took = performance.now() - start;
  assert(took < 1000, `${took} ms`);
});

Deno.test("Numbers are written with the digits that are known", () => {
  assertEquals(digits({ value: 1.0789, low: 1.075, high: 1.083 }), "1.08");
  assertEquals(digits({ value: 1.0789, low: 1, high: 1.2 }), "1.1");
  assertEquals(digits({ value: 467.3, low: 300, high: 600 }), "470");
  assertEquals(digits({ value: 31.4, low: 0, high: Infinity }), "31");
  assertEquals(interval({ value: 1, low: 0.99961, high: 1.1 }), "1.00 to 1.10");
  assertEquals(interval({ value: 1, low: 0, high: 1e99 }), "unknown");
  assertEquals(round(0.0012345, 2), "0.0012");
  assertEquals(round(0.996, 2), "1.0");
});
