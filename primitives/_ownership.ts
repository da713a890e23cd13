/**
 * What everything has that has an owner: a name, and what happens to it when the
 * owner dies.
 *
 * @module
 */

import { OWN, recordKind, type Words } from "./_record.ts";
import { isDead, threadName } from "./_roster.ts";
import { ABANDONED, ID_MASK } from "./_thread_id.ts";
import { show } from "./_validate.ts";
import { AbandonedLockError } from "./errors.ts";

/** The first word after the name, which begins at word 7 of a record. */
export const AFTER_NAME = 16;
const NAME_BYTE = (OWN + 3) * 4, END_BYTE = AFTER_NAME * 4;

/** The option, if it is a string; empty if left out. */
export function nameOption(action: string, name: unknown): string {
  if (name === undefined || typeof name === "string") return name ?? "";
  throw new TypeError(
    `Cannot ${action}: 'name' must be a string, received ${show(name)}`,
  );
}

/** Writes the name of a new record: up to 36 bytes of UTF-8. */
export function writeName(words: Words, name: string): void {
  const text = new Uint8Array(END_BYTE - NAME_BYTE);
  new TextEncoder().encodeInto(name, text);
  new Uint8Array(words.buffer, words.byteOffset, END_BYTE).set(text, NAME_BYTE);
}

/** The name of a record; empty if it has none. */
export function readName(words: Words): string {
  const bytes = new Uint8Array(words.buffer, words.byteOffset, END_BYTE);
  const text = new TextDecoder().decode(bytes.slice(NAME_BYTE));
  return text.slice(0, text.indexOf("\0") >>> 0);
}

/** A record's kind, its name and how it stands, for messages; slow. */
export function describe(words: Words, ...state: readonly string[]): string {
  const name = readName(words);
  const parts = name === "" ? state : [show(name), ...state];
  const list = parts.length > 0 ? `(${parts.join(", ")})` : "";
  return `${recordKind(words)}${list}`;
}

/**
 * Marks what a dead thread owns as abandoned; `owner` is what the word says now.
 * Who makes that step wakes all who wait: nobody gets it before it is recovered.
 */
export function abandons(words: Words, index: number, value: number): boolean {
  return isDead(value & ID_MASK) &&
    Atomics.compareExchange(
        words,
        index,
        value,
        value & ~ID_MASK | ABANDONED,
      ) === value;
}

/** The error of whoever wants what is abandoned. */
export function abandonedError(
  words: Words,
  owner?: number,
): AbandonedLockError {
  const who = owner === undefined ? "its holder" : threadName(owner);
  return new AbandonedLockError(
    `Cannot acquire ${
      describe(words)
    }: ${who} died while holding it, and what it protects may be half changed; call recover()`,
  );
}
