/**
 * Axes and numbers: where a scale begins and ends, its ticks, and how values are written.
 *
 * @module
 */

import type { Estimate } from "./statistics.ts";

/** What values are: nanoseconds, bytes, or numbers of something. */
export type Quantity = "time" | "bytes" | "number";

/** The part of an axis that is shown. */
export interface Scale {
  readonly log: boolean;
  readonly domain: readonly [number, number];
  readonly ticks: readonly number[];
}

/** The names of powers of a base: below the first, values have its name too. */
interface Steps {
  readonly base: number;
  readonly names: readonly string[];
}

const STEPS: Readonly<Record<Quantity, Steps>> = {
  time: { base: 1000, names: [" ns", " µs", " ms", " s"] },
  bytes: { base: 1024, names: [" B", " KiB", " MiB", " GiB"] },
  number: { base: 1000, names: ["", " k", " M", " G"] },
};

/** `12.3 µs`: with three digits at most, or as `write` writes it. */
export function format(
  value: number,
  quantity: Quantity,
  write = short,
): string {
  const { base, names } = STEPS[quantity];
  let step = 0;
  // 999.9 is rounded to 1000, which has the next name.
  while (Math.abs(Number(short(value))) >= base && step < names.length - 1) {
    value /= base;
    step++;
  }
  return write(value) + names[step]!;
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** How far beyond the values there is room for what is not known exactly. */
const ROOM = 2;

/**
 * Room for all values, and for their intervals if those are not far longer: what reaches
 * beyond is cut off. Logarithmic, if it may be and the values differ by more than ten
 * times; else it begins at 0.
 */
export function scaleOf(
  seen: readonly Estimate[],
  quantity: Quantity,
  mayLog: boolean,
): Scale {
  const values = seen.map(({ value }) => value);
  const least = Math.min(...values), most = Math.max(...values);
  const high = Math.min(ROOM * most, Math.max(...seen.map(({ high }) => high)));
  if (mayLog && least > 0 && most / least > 10) {
    const low = Math.max(least / ROOM, Math.min(...seen.map(({ low }) => low)));
    return logScale(low, high, quantity === "bytes" ? 2 : 10);
  }
  return linearScale(Math.min(0, least), high);
}

/** A scale from one power to another, or to a tick between if there are few powers. */
function logScale(least: number, most: number, base: number): Scale {
  const log = Math.log(base);
  const from = Math.floor(Math.log(least) / log + 1e-9);
  const to = Math.ceil(Math.log(most) / log - 1e-9);
  // At most seven powers have labels, and if there are few, what is between them too.
  const every = Math.ceil((to - from) / 6);
  const between = base === 10 && to - from < 3 ? [1, 2, 5] : [1];
  const ticks: number[] = [];
  for (let power = from; power <= to; power++) {
    if ((power - from) % every !== 0) continue;
    for (const part of between) ticks.push(part * base ** power);
  }
  const low = ticks.findLast((tick) => tick <= least) ?? base ** from;
  const high = ticks.find((tick) => tick >= most) ?? base ** to;
  return {
    log: true,
    domain: [low, high],
    ticks: ticks.filter((tick) => tick >= low && tick <= high),
  };
}

/** A scale with 0, in steps of 1, 2 or 5. */
function linearScale(least: number, most: number): Scale {
  const rough = (most - least || 1) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power *
    ([1, 2, 5, 10].find((part) => part * power >= rough) ?? 10);
  const from = Math.floor(least / step), to = Math.ceil(most / step) || 1;
  const ticks = Array.from(
    { length: to - from + 1 },
    (_, i) => Number(((from + i) * step).toPrecision(12)),
  );
  return { log: false, domain: [ticks[0]!, ticks.at(-1)!], ticks };
}
