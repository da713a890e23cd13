/**
 * The record of an execution, for a reader: a table with one column per thread, and
 * what a deadlock is made of.
 *
 * @module
 */

import type { Row as Recorded } from "./_trace.ts";
import type { Sleep } from "./_judge.ts";
import { type Layout, nameOf } from "./_state.ts";

const WIDEST = 72, MOST_ROWS = 80, LONGEST_LOOP = 12;

/** What a thread did, and as the how-manieth thing in the execution. */
export interface Row extends Recorded {
  readonly step: number;
}

/** A value; state words with high bits are easier to read in hexadecimal. */
function show(value: string | number): string {
  const n = Number(value);
  if (!Number.isInteger(n) || Math.abs(n) < 0x10000) return String(value);
  return Math.abs(n) < 2 ** 32 ? `0x${(n >>> 0).toString(16)}` : String(value);
}

/** What a thread did, in one line. */
function describe(row: Row, layout: Layout): string {
  const { op, at, result } = row;
  const [before, after] = [show(row.before), show(row.after)];
  const args = row.args.map(show);
  const word = row.place === -1 ? "" : nameOf(layout, row.place);
  const change = before === after ? before : `${before} -> ${after}`;
  const what = (() => {
    switch (op) {
      case "load":
      case "plain read":
      case "plain write":
      case "store":
        return `${op} ${word}: ${change}`;
      case "compareExchange":
        return before === after && before !== args[0]
          ? `${op} ${word}: ${before}, not ${args[0]}`
          : `${op} ${word}: ${change}`;
      case "wait":
      case "waitAsync":
        return `${op} ${word} = ${args.join(", ")}: ${result}`;
      case "goes on":
        return `goes on: ${result}`;
      case "awaited":
        return `an await ends: ${result}`;
      case "notify":
        return `notify ${word}: wakes ${result}`;
      case "pause":
      case "timer":
      case "dies":
      case "dies asleep":
        return op;
      default:
        return `${op} ${word}: ${change}`;
    }
  })();
  const text = at === "" ? what : `${at} ${what}`;
  return text.length > WIDEST ? `${text.slice(0, WIDEST - 1)}…` : text;
}

interface Line {
  readonly step: string;
  /** -1 for what no thread did. */
  readonly thread: number;
  readonly text: string;
}

function aside(text: string): Line {
  return { step: "", thread: -1, text };
}

/** Shows lines that repeat, as of a thread that spins, once. */
function fold(lines: readonly Line[]): Line[] {
  const same = (a: Line | undefined, b: Line | undefined) =>
    a?.thread === b?.thread && a?.text === b?.text;
  const shown: Line[] = [];
  for (let i = 0; i < lines.length;) {
    let length = 1, times = 1;
    for (let period = 1; period <= LONGEST_LOOP; period++) {
      let end = i + period;
      while (end < lines.length && same(lines[end], lines[end - period])) end++;
      const loops = Math.floor((end - i) / period);
      if (loops < 3 || loops * period <= length * times) continue;
      length = period;
      times = loops;
    }
    shown.push(...lines.slice(i, i + length));
    if (times > 1) {
      const what = length === 1 ? "this line" : `these ${length} lines`;
      shown.push(aside(`… ${what} ${times} times`));
    }
    i += length * times;
  }
  return shown;
}

/** The table. */
export function table(
  rows: readonly Row[],
  layout: Layout,
  bodies: readonly string[],
): string {
  const lines = fold(rows.map((row) => ({
    step: String(row.step),
    thread: row.thread,
    text: describe(row, layout),
  })));
  const left = lines.length - MOST_ROWS;
  if (left > 0) lines.splice(MOST_ROWS / 2, left, aside(`… ${left} more`));
  const heads = bodies.map((body, t) => `T${t} ${body}`);
  const widths = heads.map((head, t) =>
    Math.max(
      head.length,
      ...lines.filter(({ thread }) => thread === t).map(({ text }) =>
        text.length
      ),
    )
  );
  const line = (step: string, cells: readonly string[]) =>
    `${step.padStart(5)}  ${
      cells.map((cell, t) => cell.padEnd(widths[t]!)).join("  ")
    }`.trimEnd();
  return [
    line("step", heads),
    ...lines.map(({ step, thread, text }) =>
      thread < 0
        ? `       ${text}`
        : line(step, heads.map((_, t) => t === thread ? text : ""))
    ),
  ].join("\n");
}

/** What is to be said of threads that can never go on. */
export interface Deadlock {
  /** Whether one of them missed a wake. */
  readonly lost: boolean;
  readonly message: string;
}

/** Reads out of a record why threads can never go on. */
export function explain(
  rows: readonly Row[],
  sleeps: readonly Sleep[],
  layout: Layout,
  bodies: readonly string[],
): Deadlock {
  const lines: string[] = [], holders = new Map<number, number>();
  let lost = false;
  for (const sleep of sleeps) {
    const { thread, place, value, now, blocks } = sleep;
    const word = nameOf(layout, place);
    let line = `T${thread} ${bodies[thread]} ${
      blocks ? "sleeps" : "awaits"
    } on ${word} since it was ${show(value)}`;
    const own = rows.filter((row) => row.thread === thread);
    const asleep = own.findLastIndex((row) =>
      row.place === place &&
      (row.result === "sleeps" || row.result === "awaits")
    );
    const since = own[asleep - 1]?.step ?? 0;
    const start = rows.indexOf(own[asleep]!);
    const others = rows.filter((row) => row.thread !== thread);
    const notifies = others.filter((row) =>
      row.op === "notify" && row.place === place && row.step > since
    );
    const early = notifies.find((row) =>
      row.result === "0" && rows.indexOf(row) < start
    );
    const change = others.findLast((row) =>
      row.place === place && row.before !== row.after
    );
    // Of notifies that woke others, the one that came after the last change counts.
    const late = notifies.findLast((row) =>
      row.result !== "0" && rows.indexOf(row) > start
    );
    if (now !== value) {
      lost = true;
      line += `, but now it is ${show(now)}`;
      line += late && (!change || late.step > change.step)
        ? `: T${late.thread} notified it at step ${late.step}, which woke another`
        : change
        ? `: T${change.thread} changed it at step ${change.step}, and nobody notified it after that`
        : `, and nobody notified it`;
    } else if (early) {
      lost = true;
      line +=
        `: T${early.thread} notified it at step ${early.step}, after T${thread} had looked and before it slept`;
    } else if (late) {
      lost = true;
      line +=
        `: the notify of T${late.thread} at step ${late.step} woke another`;
    } else {
      if (change) {
        holders.set(thread, change.thread);
        line +=
          `, which T${change.thread} changed last, at step ${change.step}`;
      }
    }
    lines.push(line);
  }
  const cycle = findCycle(holders);
  if (cycle) {
    lines.push(
      `Waits-for cycle: ${
        [...cycle, cycle[0]].map((t) => `T${t}`).join(" -> ")
      }`,
    );
  }
  return { lost, message: lines.join("\n") };
}

function findCycle(next: ReadonlyMap<number, number>): number[] | undefined {
  for (const start of next.keys()) {
    const path: number[] = [];
    let at: number | undefined = start;
    while (at !== undefined && !path.includes(at)) {
      path.push(at);
      at = next.get(at);
    }
    if (at === start) return path;
  }
  return undefined;
}
