/**
 * Values as bytes: what structured clone carries and can be bytes; by name, our own
 * shared objects, shared memory and tasks.
 *
 * A value is a tag (`_tags.ts`), then what the tag says. A size is an integer of 7 bits
 * a byte. A text is its size in bytes, times 4, plus its form, then the bytes. An object
 * has a number, counted from the outside in; where it stands again, only that is
 * written: so cycles end, and what was one object arrives as one. Every value takes a
 * byte at least, and no more is made than there are bytes for, so reading damaged bytes
 * ends soon, whatever sizes they say.
 *
 * A name is of use where what it names is known. Whoever encodes may hear which memory
 * that is, and make it known to those that decode; without one who hears it, shared
 * memory that no other thread can know is refused.
 *
 * Differences from structured clone: a view takes only its own part of its buffer, and
 * has that alone on arrival, if the buffer is not shared; class instances and boxed primitives are refused, and not
 * stripped; an array is its items, so holes become undefined; errors keep class, code,
 * cause and stack.
 *
 * @module
 */

import { borrowPacket, type Packet, returnPacket } from "./_packet.ts";
import { type MissingFinder, Reader } from "./_reader.ts";
import { type SharedListener, Writer } from "./_writer.ts";

export { MissingError } from "./_handles.ts";

// A getter that is read while a value is written may write another: it finds none here.
let writer: Writer | undefined;
let reader: Reader | undefined;

/**
 * Writes a value into a packet; throws a TypeError that says where something cannot be copied.
 *
 * @param onShared Hears the memory that the bytes name. It must make it known to those who
 * decode them, and the caller keep it until they have; so raw shared memory is taken too.
 */
export function encodeAny(
  value: unknown,
  into: Packet,
  onShared?: SharedListener,
): void {
  const mine = writer ?? new Writer();
  writer = undefined;
  try {
    mine.write(value, into, onShared);
  } finally {
    mine.clear();
    writer = mine;
  }
}

/**
 * The value that {@linkcode encodeAny} wrote; throws a TypeError if the bytes are others, a
 * {@linkcode MissingError} if they name what this thread has not met.
 *
 * @param onMissing Is asked first for memory that was not met.
 */
export function decodeAny(from: Packet, onMissing?: MissingFinder): unknown {
  const mine = reader ?? new Reader();
  reader = undefined;
  try {
    return mine.read(from, onMissing);
  } finally {
    mine.clear();
    reader = mine;
  }
}

/** The bytes of a value, as {@linkcode encodeAny} writes them. */
export function encode(value: unknown): Uint8Array<ArrayBuffer> {
  const packet = borrowPacket();
  try {
    encodeAny(value, packet);
    return packet.bytes.slice(0, packet.length);
  } finally {
    returnPacket(packet);
  }
}

/** The value of what {@linkcode encode} made, as {@linkcode decodeAny} reads it. */
export function decode(bytes: Uint8Array): unknown {
  const packet = borrowPacket();
  try {
    packet.ensure(bytes.length);
    packet.bytes.set(bytes);
    packet.length = bytes.length;
    return decodeAny(packet);
  } finally {
    returnPacket(packet);
  }
}
