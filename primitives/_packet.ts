/**
 * Packets: an item as bytes, on its way between a codec and shared memory.
 *
 * An item is encoded into one before a structure is touched, and decoded from one
 * after it is left; so a codec that calls other code, such as a getter, finds nothing
 * half done. That code may encode too: whoever has a packet has it alone.
 *
 * @module
 */

/** Private memory for one item; its parts are replaced when it grows. */
export class Packet {
  /** The memory as int32 words. */
  words: Int32Array<ArrayBuffer>;
  /** The memory as bytes. */
  bytes: Uint8Array<ArrayBuffer>;
  /** The memory as numbers of any kind, at any place. */
  view: DataView<ArrayBuffer>;
  /** The bytes that the item takes. */
  length = 0;

  /** Makes a packet without an item. */
  constructor() {
    const buffer = new ArrayBuffer(SMALLEST);
    this.words = new Int32Array(buffer);
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
  }

  /** Makes sure that it has room for so many bytes, and keeps those that it has. */
  ensure(byteLength: number): void {
    if (byteLength > this.bytes.length) this.#grow(byteLength);
  }

  #grow(byteLength: number): void {
    if (byteLength > LARGEST) {
      throw new RangeError(
        `Cannot encode value: it takes more than ${LARGEST} bytes`,
      );
    }
    // Twice as large as before at least, so that growing byte by byte stays cheap.
    const twice = Math.min(this.bytes.length * 2, LARGEST);
    const room = Math.max(byteLength, twice);
    const old = this.bytes, buffer = new ArrayBuffer((room + 7) & -8);
    this.words = new Int32Array(buffer);
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.bytes.set(old);
  }
}

const SMALLEST = 256, LARGEST = 2 ** 30;
/** A larger packet is not kept, nor are more packets than re-entry needs. */
const KEPT_BYTES = 2 ** 20, KEPT = 8;

const pool: Packet[] = [];

/** A packet that nobody else has, with any bytes in it. */
export function borrowPacket(): Packet {
  return pool.pop() ?? new Packet();
}

/** Gives back a packet; the caller must not use it any more. */
export function returnPacket(packet: Packet): void {
  if (packet.bytes.length <= KEPT_BYTES && pool.length < KEPT) {
    pool.push(packet);
  }
}
