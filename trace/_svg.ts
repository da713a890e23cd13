/**
 * A timeline: a band for each thread, and in it a row for each lock that it used.
 *
 * @module
 */

import { duration, escapeText, shorten, ticksOf, tint } from "./_figures.ts";
import { lanesOf } from "./_lanes.ts";
import type { Activity, Snapshot, Span } from "./_spans.ts";
import { usageOf } from "./_summary.ts";

/** What a timeline shows. */
export interface TimelineOptions {
  /** What stands above it; `Who waits, who holds` and the locks if left out. */
  title?: string;
  /** From when, in milliseconds as a {@linkcode Span} has them; its begin if left out. */
  from?: number;
  /** Until when, in milliseconds; the end if left out. */
  to?: number;
}

/** How an activity is drawn: its own colour and its own height. */
const STYLES: Record<Activity, { fill: string; height: number; text: string }> =
  {
    hold: { fill: "#3b6fd4", height: 16, text: "holds the lock" },
    wait: { fill: "#f08a24", height: 8, text: "waits for the lock" },
    "condition wait": {
      fill: "#8b949e",
      height: 4,
      text: "waits to be notified",
    },
  };
/** In the order in which they are drawn: what is lower stays visible. */
const ACTIVITIES = ["hold", "wait", "condition wait"] as const;

const WIDTH = 1200, LEFT = 270, RIGHT = 24, TOP = 92, BOTTOM = 48;
const ROW = 22, PADDING = 8, NAME_ROWS = 2 * 17;
const PLOT = WIDTH - LEFT - RIGHT;
/** In pixels: spans that are drawn as one bar, and the most that this may take. */
const NARROW = 1, WIDEST = 5;
/** Marks a bar that is many. */
const MANY = ' class="many"';
const INK = "#1f2328", FAINT = "#59636e", LINE = "#d1d9e0";

/** One drawn bar: a span, or many that are too narrow to be drawn apart. */
interface Bar {
  readonly spans: Span[];
  left: number;
  right: number;
}

/** The SVG of a trace. */
export function toSVG(snapshot: Snapshot, options: TimelineOptions): string {
  const from = options.from ?? snapshot.spans[0]?.begin ?? 0;
  const last = snapshot.spans.reduce((most, { end }) => Math.max(most, end), 0);
  const to = Math.max(options.to ?? last, from + 1e-6);
  const spans = snapshot.spans.filter(({ begin, end }) =>
    end >= from && begin <= to
  );
  const locks = [...new Set(spans.map(({ lock }) => lock))];
  const title = options.title ?? `Who waits, who holds: ${locks.join(", ")}`;
  const x = (time: number) =>
    LEFT + PLOT * (Math.min(to, Math.max(from, time)) - from) / (to - from);

  let y = TOP;
  const bands: string[] = [];
  for (const { thread, name } of snapshot.threads) {
    const own = spans.filter((span) => span.thread === thread);
    const rows = locks.flatMap((lock) =>
      lanesOf(own.filter((span) => span.lock === lock), false)
    );
    const height = Math.max(NAME_ROWS, rows.length * ROW) + PADDING;
    bands.push(band(name, own, rows, locks.length > 1, y, x));
    y += height;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${
      y + BOTTOM
    }" width="${WIDTH}" height="${
      y + BOTTOM
    }" font-family="system-ui, sans-serif" font-size="12" fill="${INK}" role="img" aria-labelledby="title about">`,
    `<title id="title">${escapeText(title)}</title>`,
    `<desc id="about">${escapeText(about(snapshot, spans, to - from))}</desc>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    text(20, 30, title, `font-size="17" font-weight="600"`),
    text(20, 50, about(snapshot, spans, to - from), `fill="${FAINT}"`),
    legend(spans, bands.join()),
    axis(from, to, y, x),
    ...bands,
    "</svg>\n",
  ].join("\n");
}

/** What a thread did. */
function band(
  name: string,
  own: readonly Span[],
  rows: readonly Span[][],
  labelled: boolean,
  y: number,
  x: (time: number) => number,
): string {
  const { totalHold, totalWait } = usageOf(own);
  const numbers = `held ${duration(totalHold)}, waited ${duration(totalWait)}`;
  const parts = [
    `<line x1="20" x2="${
      WIDTH - RIGHT
    }" y1="${y}" y2="${y}" stroke="${LINE}"/>`,
    text(20, y + 18, shorten(name, labelled ? 22 : 34), `font-weight="600"`),
    text(20, y + 34, numbers, `fill="${FAINT}" font-size="11"`),
  ];
  rows.forEach((row, i) => {
    const middle = y + PADDING / 2 + i * ROW + ROW / 2;
    const lock = row[0]!.lock;
    if (labelled && rows[i - 1]?.[0]?.lock !== lock) {
      const place = `text-anchor="end" font-size="11"`;
      parts.push(text(LEFT - 8, middle + 4, shorten(lock, 18), place));
    }
    for (const what of ACTIVITIES) {
      const spans = row.filter((span) => span.what === what);
      for (const bar of barsOf(spans, x)) parts.push(drawBar(bar, middle));
    }
  });
  const label = escapeText(`${name}: ${numbers}`);
  return `<g aria-label="${label}">\n${parts.join("\n")}\n</g>`;
}

/** Spans as bars. Those too narrow to be told apart are one, which is itself narrow, so that it shows how things changed. */
function barsOf(spans: readonly Span[], x: (time: number) => number): Bar[] {
  const bars: Bar[] = [];
  for (const span of spans) {
    const left = x(span.begin), right = x(span.end), last = bars.at(-1);
    const joins = last !== undefined && right - left < NARROW &&
      (last.spans.length > 1 || last.right - last.left < NARROW) &&
      left - last.right < NARROW / 2 && right - last.left < WIDEST;
    if (joins) {
      last.spans.push(span);
      last.right = Math.max(last.right, right);
    } else {
      bars.push({ spans: [span], left, right });
    }
  }
  return bars;
}

function drawBar({ spans, left, right }: Bar, middle: number): string {
  const { lock, what, threadName, begin, end, isOpen } = spans[0]!;
  const { fill, height } = STYLES[what];
  const total = spans.reduce((sum, { begin, end }) => sum + end - begin, 0);
  const all = spans.at(-1)!.end - begin;
  const many = spans.length > 1;
  const label = many
    ? `${threadName}: ${spans.length} times ${what}, ${lock}, ${
      duration(total)
    } of ${duration(all)}`
    : `${threadName}: ${what}, ${lock}, ${duration(end - begin)}${
      isOpen ? ", has not ended" : ""
    }`;
  // Many in one bar are as dark as they cover it, but not invisible.
  const colour = many ? tint(fill, Math.max(0.3, total / all)) : fill;
  const dash = isOpen ? ` stroke="${INK}" stroke-dasharray="4 3"` : "";
  return `<rect x="${left.toFixed(2)}" y="${middle - height / 2}" width="${
    Math.max(0.5, right - left).toFixed(2)
  }" height="${height}" fill="${colour}"${many ? MANY : ""}${dash}><title>${
    escapeText(label)
  }</title></rect>`;
}

function legend(spans: readonly Span[], bands: string): string {
  const parts: string[] = [];
  let x = LEFT;
  const entry = (label: string, fill: string, height: number, more: string) => {
    const y = 72 - height / 2;
    parts.push(
      `<rect x="${x}" y="${y}" width="28" height="${height}" fill="${fill}" ${more}/>`,
      text(x + 35, 76, label),
    );
    x += 55 + label.length * 6.6;
  };
  for (const what of ACTIVITIES) {
    if (what === "condition wait" && !spans.some((s) => s.what === what)) {
      continue;
    }
    const { fill, height, text } = STYLES[what];
    entry(text, fill, height, "");
  }
  if (bands.includes(MANY)) {
    const { fill, height } = STYLES.hold;
    entry("many, for a part of the time", tint(fill, 0.4), height, "");
  }
  if (spans.some(({ isOpen }) => isOpen)) {
    const dash = `stroke="${INK}" stroke-dasharray="4 3"`;
    entry("has not ended", "none", 14, dash);
  }
  return `<g aria-label="Legend">\n${parts.join("\n")}\n</g>`;
}

function axis(
  from: number,
  to: number,
  bottom: number,
  x: (time: number) => number,
): string {
  const { ticks, unit } = ticksOf(from, to);
  const parts = ticks.flatMap(({ time, label }) => {
    const place = x(time).toFixed(2);
    return [
      `<line x1="${place}" x2="${place}" y1="${TOP}" y2="${
        bottom + 5
      }" stroke="${LINE}"/>`,
      text(place, bottom + 19, label, `text-anchor="middle"`),
    ];
  });
  return [
    `<g aria-label="Time axis">`,
    ...parts,
    text(
      LEFT + PLOT / 2,
      bottom + 38,
      `time since the Tracer was made (${unit})`,
      `text-anchor="middle" fill="${FAINT}"`,
    ),
    "</g>",
  ].join("\n");
}

function about(
  { threads }: Snapshot,
  spans: readonly Span[],
  length: number,
): string {
  const { acquisitions, contended, longestWait } = usageOf(spans);
  const dropped = threads.reduce((sum, { dropped }) => sum + dropped, 0);
  return `${threads.length} threads in ${
    duration(length)
  }: ${acquisitions} holds, ${contended} waits, the longest ${
    duration(longestWait)
  }${dropped > 0 ? `; ${dropped} events before were dropped` : ""}`;
}

function text(
  x: number | string,
  y: number,
  content: string,
  more = "",
): string {
  return `<text x="${x}" y="${y}" ${more}>${escapeText(content)}</text>`;
}
