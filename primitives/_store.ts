/**
 * Stores: the records of all structures that hold items of the user's, how they are
 * made, and what their options say.
 *
 * After the words of the state machine stands the name of the codec, its length first,
 * and then, at a multiple of 64 bytes, the cells. A store in memory of its own begins small,
 * and its memory grows; at a place of the caller's all of it is there from the start.
 *
 * @module
 */

import { deepFreeze } from "./_freeze.ts";
import {
  baseOf,
  bytesOfCells,
  type CellLayout,
  fillCells,
  layoutCells,
} from "./_cells.ts";
import type { Packet } from "./_packet.ts";
import {
  createRecord,
  type Handle,
  type Memory,
  openRecord,
  recordFlags,
  sharedMemory,
  type Words,
} from "./_record.ts";
import { fillSection, SECTION_FLAG } from "./_section.ts";
import { flag, integer, optionBag } from "./_validate.ts";
import { codecBytes, readCodec, writeCodec } from "./_codec_name.ts";
import { type Codec, codecOption } from "./codec.ts";

/** What every structure with items can be made with. */
export interface StoreOptions<T> {
  /** How items become bytes; `codecs.any`, for all that can be copied, if left out. */
  codec?: Codec<T>;
  /**
   * The bytes that all items may take together, from 1 to 1073741824: each takes one or
   * more cells. A cell is of 64 bytes or, if the codec's items are of one size, about 20 bytes
   * more than that; of a PriorityQueue 24 bytes more.
   * If left out: 256 MiB, taken as needed; at a place of yours 64 KiB.
   */
  capacity?: number;
  /** Whether items that arrive are frozen, with all that they contain but buffers and their views. */
  freeze?: boolean;
  /** Where to make it, for as many bytes as `byteLengthFor` says; in memory of its own, which grows, if left out. */
  memory?: Memory;
}

const FREEZE = SECTION_FLAG;
const LARGEST = 2 ** 30, ROOMY = 2 ** 28, PLACED = 2 ** 16;
/** Memory of its own that is not larger than that is there from the start. */
const FIRST = 2 ** 12, SMALL = 2 ** 16;

/** How the record of a store is laid out. */
interface Shape {
  readonly codec: Codec<unknown>;
  readonly flags: number;
  readonly cells: CellLayout;
  readonly base: number;
  readonly byteLength: number;
}

/** A kind of store: its name, where the name of the codec begins, the links that each item needs, and the bytes that it has beside those of the codec. */
export interface StoreKind {
  readonly kind: string;
  readonly after: number;
  readonly links: number;
  readonly more?: number;
  /** The bytes of an item that its first cell has room for, if their number depends on the item; 48 if left out. */
  readonly first?: number;
}

/** How a store made with these options is laid out: at a place of the caller's it has no more cells than `most` items need. */
function shapeOf<T>(
  action: string,
  { after, links, more = 0, first }: StoreKind,
  { capacity, freeze, ...bag }: StoreOptions<T>,
  most: number,
  placed: boolean,
): Shape {
  const codec = codecOption(action, bag.codec);
  if (capacity !== undefined) {
    integer(action, "capacity", capacity, 1, LARGEST);
  }
  const flags = flag(action, "freeze", freeze) ? FREEZE : 0;
  const base = after * 4 + codecBytes(codec) + 63 & ~63;
  const cells = layoutCells(
    links,
    codec.byteLength === undefined ? first : codec.byteLength + more,
    capacity ?? (placed ? PLACED : ROOMY),
    placed && codec.byteLength !== undefined ? most : Infinity,
  );
  const byteLength = base + bytesOfCells(cells);
  return { codec, flags, cells, base, byteLength };
}

/** The bytes that a store made with these options takes at a place of the caller's. */
export function storeBytes<T>(
  kind: StoreKind,
  options: StoreOptions<T> | undefined,
  most: number,
): number {
  const action = `size ${kind.kind}`;
  const bag = optionBag(action, options) as StoreOptions<T>;
  return shapeOf(action, kind, bag, most, true).byteLength;
}

/** Makes the record of a store; `fill` writes its own words, and is told how many cells there may be. */
export function createStore<T>(
  kind: StoreKind,
  bag: StoreOptions<T>,
  most: number,
  fill: (words: Words, cells: number) => void,
): Words {
  const action = `create ${kind.kind}`;
  const { codec, flags, cells, base, byteLength } = shapeOf(
    action,
    kind,
    bag,
    most,
    bag.memory !== undefined,
  );
  const grows = bag.memory === undefined && byteLength > SMALL;
  const memory = grows
    ? {
      buffer: sharedMemory(base + FIRST, { maxByteLength: byteLength }),
    }
    : bag.memory;
  return createRecord(
    kind.kind,
    grows ? base + FIRST : byteLength,
    memory,
    flags,
    (words, stray) => {
      fillSection(words, stray);
      fillCells(words, cells, base);
      writeCodec(words, kind.after, codec);
      fill(words, cells.cells);
    },
  );
}

/** The words of the store that a handle names, up to its cells. */
export function openStore(kinds: readonly string[], handle: Handle): Words {
  return openRecord(kinds, handle, baseOf);
}

/** How the items of a store become bytes and come back. */
export class ItemCodec<T> {
  readonly #codec: Codec<T>;
  readonly #freezes: boolean;

  constructor(words: Words, after: number) {
    this.#codec = readCodec(words, after) as Codec<T>;
    this.#freezes = (recordFlags(words) & FREEZE) !== 0;
  }

  encode(item: T, into: Packet): void {
    this.#codec.encode(item, into);
  }

  decode(from: Packet): T {
    const item = this.#codec.decode(from);
    return this.#freezes ? deepFreeze(item) : item;
  }
}
