/**
 * The name of a codec in a record: its length in bytes, and they.
 *
 * The name says all about the codec, so every thread that opens the record has it.
 *
 * @module
 */

import type { Words } from "./_record.ts";
import { type Codec, codecNamed } from "./codec.ts";

/** The bytes that a codec's name takes in a record. */
export function codecBytes({ name }: Codec<unknown>): number {
  return 4 + (new TextEncoder().encode(name).length + 3 & ~3);
}

/** Writes a codec's name into a new record. */
export function writeCodec(
  words: Words,
  index: number,
  { name }: Codec<unknown>,
): void {
  const text = new TextEncoder().encode(name);
  Atomics.store(words, index, text.length);
  bytesAt(words, index + 1, text.length).set(text);
}

/** The codec that is named in a record. */
export function readCodec(words: Words, index: number): Codec<unknown> {
  const length = Atomics.load(words, index);
  if (length < 1 || length > (words.length - index - 1) * 4) {
    throw new TypeError("Cannot find a codec: its name's memory is damaged");
  }
  const text = bytesAt(words, index + 1, length).slice();
  return codecNamed(new TextDecoder().decode(text));
}

function bytesAt(
  { buffer, byteOffset }: Words,
  index: number,
  length: number,
): Uint8Array<SharedArrayBuffer> {
  return new Uint8Array(buffer, byteOffset + index * 4, length);
}
