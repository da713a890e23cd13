/**
 * A ring of items in shared memory, without any synchronization.
 *
 * @module
 */

import {
  CAPACITY,
  type Item,
  type Kind,
  RECORD_BYTES,
  type Tally,
} from "./items.ts";
import type { Place } from "./way.ts";

/** Words: how many were put and got, which may wrap, a lock of two states, and from SLOTS on the items. */
export const PUT = 0, GOT = 16, LOCK = 32, SLOTS = 48;

/** The memory of a ring. */
export type Words = Int32Array<SharedArrayBuffer>;

/** Makes a ring without items. */
export function makeRing(kind: Kind): Words {
  const bytes = CAPACITY[kind] * (kind === "int32" ? 4 : RECORD_BYTES);
  return new Int32Array(new SharedArrayBuffer(SLOTS * 4 + bytes));
}

/** The slots of a ring, of which each number has one. */
export interface Slots {
  /** Writes an item. */
  write(at: number, id: number): void;
  /** Reads an item, and counts it. */
  read(at: number, tally: Tally): void;
}

/** What writes the item of a number into its slot, and what reads it from there. */
export function slots(words: Words, { kind, make, count }: Place): Slots {
  const mask = CAPACITY[kind] - 1;
  if (kind === "int32") {
    return {
      write(at: number, id: number) {
        words[SLOTS + (at & mask)] = id;
      },
      read(at: number, tally: Tally) {
        tally.add(words[SLOTS + (at & mask)]!, true);
      },
    };
  }
  const bytes = new Uint8Array(words.buffer, SLOTS * 4);
  const into = new Uint8Array(RECORD_BYTES);
  const records = Array.from({ length: mask + 1 }, (_, slot) => {
    return bytes.subarray(slot * RECORD_BYTES, (slot + 1) * RECORD_BYTES);
  });
  return {
    write(at: number, id: number) {
      records[at & mask]!.set(make(id) as Uint8Array);
    },
    read(at: number, tally: Tally) {
      into.set(records[at & mask]!);
      count(tally, into as Item);
    },
  };
}
