/**
 * Entries of a Counter or a SharedMap outside of shared memory.
 *
 * The bytes of an entry are those of its key, as the codec for strings writes them, and
 * from the next word on those of its value.
 *
 * @module
 */

import { borrowPacket, Packet, returnPacket } from "./_packet.ts";
import { hashOf, type Sought } from "./_trie.ts";
import { show } from "./_validate.ts";
import { codecs } from "./codec.ts";

/** The key, if it is one. */
export function keyOf(action: string, key: unknown): string {
  if (typeof key === "string") return key;
  throw new TypeError(
    `Cannot ${action}: 'key' must be a string, received ${show(key)}`,
  );
}

/** An entry as bytes, outside of shared memory. Whoever makes one ends it. */
export class Entry implements Sought {
  readonly packet: Packet = borrowPacket();
  length = 0;
  hash = 0;
  readonly #seed: number;

  /** The seed is that of the hashes in its record. */
  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Makes it one with this key, and no value. */
  open(action: string, key: string): this {
    const { packet } = this;
    codecs.string.encode(keyOf(action, key), packet);
    this.length = packet.length;
    pad(packet);
    this.hash = hashOf(packet, this.length, this.#seed);
    return this;
  }

  end(): void {
    returnPacket(this.packet);
  }
}

/** Entries that were copied out of shared memory in one step. */
export class Entries {
  readonly #all = new Packet();
  readonly #sizes: number[] = [];

  /** Adds the bytes of an entry, the first ones of which are its key. */
  push(packet: Packet, keyLength: number): void {
    append(this.#all, packet);
    this.#sizes.push(keyLength, packet.length);
  }

  /** Tells each key, and a packet with the bytes of its value. */
  forEach(tell: (key: string, value: Packet) => void): void {
    const all = this.#all, sizes = this.#sizes;
    withPacket((packet) => {
      let at = 0;
      for (let i = 0; i < sizes.length; i += 2) {
        const keyLength = sizes[i]!, end = at + sizes[i + 1]!;
        fill(packet, all.bytes.subarray(at, at + keyLength));
        const key = codecs.string.decode(packet);
        fill(packet, all.bytes.subarray(at + roundUp(keyLength), end));
        tell(key, packet);
        at = roundUp(end);
      }
    });
  }
}

/** Uses a packet that nobody else has. */
export function withPacket<R>(use: (packet: Packet) => R): R {
  const packet = borrowPacket();
  try {
    return use(packet);
  } finally {
    returnPacket(packet);
  }
}

/** Adds the bytes of another packet, from the next word on. */
export function append(packet: Packet, { bytes, length }: Packet): void {
  const start = pad(packet);
  packet.ensure(start + length);
  packet.bytes.set(bytes.subarray(0, length), start);
  packet.length = start + length;
}

/** Fills the last word of a packet with zeros, and tells where it ends. */
function pad(packet: Packet): number {
  const { length } = packet, end = roundUp(length);
  packet.ensure(end);
  packet.bytes.fill(0, length, end);
  return end;
}

/** So many bytes, up to the end of their last word. */
export function roundUp(byteLength: number): number {
  return byteLength + 3 & ~3;
}

function fill(packet: Packet, bytes: Uint8Array): void {
  packet.ensure(bytes.length);
  packet.bytes.set(bytes);
  packet.length = bytes.length;
}
