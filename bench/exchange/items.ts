/**
 * What goes from thread to thread, and how the one who gets it sees that it is whole.
 *
 * Each item has a number. Where there is one producer, the numbers that a consumer sees
 * must rise; in all cases they must be as many, and have the sum, that was sent.
 *
 * @module
 */

/** What items are: integers, small objects, or records of 1 KiB. */
export type Kind = "int32" | "objects" | "records";

/** A small object. */
export interface Message {
  id: number;
  name: string;
  ok: boolean;
}

/** An item of any kind. */
export type Item = number | Message | Uint8Array;

/** The bytes of a record. */
export const RECORD_BYTES = 1024;

/** How many items a queue holds, if it has a bound: a power of two. */
export const CAPACITY: Readonly<Record<Kind, number>> = {
  int32: 1024,
  objects: 1024,
  records: 256,
};

/** What a consumer has seen in a round. */
export class Tally {
  /** How many items, the sum of their numbers, and how many were not as they should be. */
  count = 0;
  sum = 0;
  wrong = 0;
  readonly #ordered: boolean;
  #last = -1;

  /** Makes one; whether the numbers must rise. */
  constructor(ordered: boolean) {
    this.#ordered = ordered;
  }

  /** Counts an item, and whether it is whole. */
  add(id: number, whole: boolean): void {
    if (!whole || this.#ordered && id <= this.#last) this.wrong++;
    this.#last = id;
    this.count++;
    this.sum += id;
  }

  /** Counts the first so many of these integers. */
  addMany(ids: Int32Array, length: number): void {
    let last = this.#last, sum = 0, wrong = 0;
    for (let i = 0; i < length; i++) {
      const id = ids[i]!;
      if (id <= last) wrong++;
      last = id;
      sum += id;
    }
    this.#last = last;
    this.count += length;
    this.sum += sum;
    if (this.#ordered) this.wrong += wrong;
  }
}

const record = new Uint8Array(RECORD_BYTES);

/** Makes the item of a number; a record is the same one each time, as its bytes are copied. */
export const makers: Readonly<Record<Kind, (id: number) => Item>> = {
  int32: (id) => id,
  objects: (id) => ({ id, name: "abcdef", ok: true }),
  records: (id) => {
    record[0] = id;
    record[1] = id >> 8;
    record[2] = id >> 16;
    record[3] = id >> 24;
    // Another byte at another place: half of a copy would show.
    record[4 + (id & 511)] = id;
    record[RECORD_BYTES - 1 - (id & 255)] = ~id;
    return record;
  },
};

/** Counts an item that has arrived. */
export const counters: Readonly<
  Record<Kind, (tally: Tally, item: Item) => void>
> = {
  int32: (tally, item) => tally.add(item as number, true),
  objects(tally, item) {
    const { id, name, ok } = item as Message;
    tally.add(id, name === "abcdef" && ok === true);
  },
  records(tally, item) {
    const got = item as Uint8Array;
    const id = got[0]! | got[1]! << 8 | got[2]! << 16 | got[3]! << 24;
    const whole = got.length === RECORD_BYTES &&
      got[4 + (id & 511)] === (id & 255) &&
      got[RECORD_BYTES - 1 - (id & 255)] === (~id & 255);
    tally.add(id, whole);
  },
};
