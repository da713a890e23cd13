/**
 * Writes what values are made of as bytes: sizes, numbers, texts.
 *
 * @module
 */

import type { Packet } from "./_packet.ts";
import * as tags from "./_tags.ts";
import { SHORT } from "./_tags.ts";

/** The bytes of the largest size. */
const SIZE = 5;

const encoder = new TextEncoder();

/** Writes into one packet at a time. */
export class ByteWriter {
  protected packet!: Packet;
  protected bytes!: Uint8Array<ArrayBuffer>;
  /** The place of the next byte. */
  protected at = 0;

  /** What is written goes into this packet, from its begin on. */
  protected begin(into: Packet): void {
    this.packet = into;
    this.bytes = into.bytes;
    this.at = 0;
  }

  /** Makes sure that there is room for so many bytes. */
  protected room(n: number): void {
    if (this.at + n > this.bytes.length) {
      this.packet.ensure(this.at + n);
      this.bytes = this.packet.bytes;
    }
  }

  /** The place of the next so many bytes, which the caller writes. */
  protected take(n: number): number {
    this.room(n);
    const at = this.at;
    this.at += n;
    return at;
  }

  protected byte(byte: number): void {
    if (this.at === this.bytes.length) this.room(1);
    this.bytes[this.at++] = byte;
  }

  /** An integer from 0 to 2^32 - 1, of 7 bits a byte. */
  protected size(n: number): void {
    this.room(SIZE);
    if (n > 0x7f) this.at = putSize(this.bytes, this.at, n);
    else this.bytes[this.at++] = n;
  }

  protected float(n: number): void {
    const at = this.take(8);
    // There are many NaNs, and equal values are equal bytes.
    this.packet.view.setFloat64(at, n === n ? n : NaN, true);
  }

  protected copy(bytes: Uint8Array): void {
    this.size(bytes.length);
    const at = this.take(bytes.length);
    this.bytes.set(bytes, at);
  }

  protected text(text: string): void {
    const n = text.length;
    if (n > SHORT) return this.#longText(text);
    this.room(SIZE + n);
    const bytes = this.bytes, start = this.at;
    let at = start;
    if (n < 0x20) bytes[at++] = n << 2 | tags.LATIN1;
    else at = putSize(bytes, at, n << 2 | tags.LATIN1);
    for (let i = 0; i < n; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0xff) return this.#units(text);
      bytes[at++] = unit;
    }
    this.at = at;
  }

  #longText(text: string): void {
    if (!text.isWellFormed()) return this.#units(text);
    // The size is not known before. It is as large as that of one byte a unit, or moves.
    const start = this.at + sizeOf(text.length * 4);
    this.at = start;
    for (let rest = text, room = text.length;; room = rest.length * 3) {
      this.room(room);
      const free = this.bytes.subarray(this.at);
      const { read, written } = encoder.encodeInto(rest, free);
      this.at += written;
      if (read === rest.length) break;
      rest = rest.slice(read);
    }
    const length = this.at - start, size = length * 4 + tags.UTF8;
    const moved = this.at - length - sizeOf(text.length * 4) + sizeOf(size);
    if (moved > start) {
      this.room(moved - start);
      this.bytes.copyWithin(moved, start, this.at);
      this.at += moved - start;
    }
    putSize(this.bytes, moved - sizeOf(size), size);
  }

  /** A text as it is, also with halves of characters. */
  #units(text: string): void {
    this.size(text.length * 8 + tags.UTF16);
    let at = this.take(text.length * 2);
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      this.bytes[at++] = unit;
      this.bytes[at++] = unit >> 8;
    }
  }
}

/** Writes a size, and tells the place after it. */
function putSize(
  bytes: Uint8Array<ArrayBuffer>,
  at: number,
  size: number,
): number {
  for (; size > 0x7f; size >>>= 7) bytes[at++] = size & 0x7f | 0x80;
  bytes[at++] = size;
  return at;
}

/** The bytes that a size takes. */
function sizeOf(size: number): number {
  let n = 1;
  while ((size >>>= 7) > 0) n++;
  return n;
}
