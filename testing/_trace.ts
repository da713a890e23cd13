/**
 * The record of an execution, row by row.
 *
 * @module
 */

import { packError } from "../workers/_codec.ts";

/** What a record has of a step. */
export interface Row {
  readonly thread: number;
  readonly op: string;
  /** The place in the program's memory; private words are negative. */
  readonly place: number;
  readonly args: readonly string[];
  readonly before: string;
  readonly after: string;
  readonly result: string;
  /** File and line. */
  readonly at: string;
}

/** Where the program stands: in the module under test, and in what it called. */
export function whereabouts(module: string): string {
  const own = import.meta.url.slice(0, import.meta.url.lastIndexOf("/") + 1);
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 40;
  const frames = (new Error().stack ?? "").split("\n").slice(1);
  Error.stackTraceLimit = limit;
  let inner: string | undefined, outer: string | undefined;
  for (const frame of frames) {
    const found = /((?:file|https?|npm|data|blob):[^\s()]*?):(\d+):\d+\)?$/
      .exec(frame);
    if (!found) continue;
    const [, url, line] = found;
    if (url!.startsWith(own + "_") || url!.startsWith(own + "agent")) continue;
    const place = `${url!.slice(url!.lastIndexOf("/") + 1)}:${line}`;
    inner ??= place;
    if (url === module) outer ??= place;
  }
  if (inner === undefined) return "";
  return outer === undefined || outer === inner ? inner : `${outer} ${inner}`;
}

/** Something thrown, as JSON can carry it. */
export function carried(error: unknown): unknown {
  try {
    const packed = packError(error);
    const text = JSON.stringify(
      packed,
      (_key, part) => typeof part === "bigint" ? String(part) : part,
    );
    const carried = JSON.parse(text);
    if ("value" in packed === "value" in carried) return carried;
  } catch {
    // It refers to itself, or does not let itself be read.
  }
  return { value: textOf(error) };
}

/** Something thrown, as text. */
export function textOf(error: unknown): string {
  try {
    return String(error);
  } catch {
    return "something without a text";
  }
}
