/**
 * Records: where the shared state of a primitive is, and how it is found.
 *
 * Words 0 to 3 of every record, written once by its maker:
 *
 * | 0 TAG   | magic, kind and layout version; 0 = free memory, -1 = being made |
 * | 1 ID    | with word 2 the record's id: one thread can hold many views of a record |
 * | 2 SALT  | the upper half of the id, drawn at random by the maker's realm |
 * | 3 FLAGS | options that every view must agree on |
 *
 * TAG is claimed by compareExchange from 0 and published last, so a live record
 * is never overwritten and nobody attaches to a half-made one.
 *
 * @module
 */

import { realm } from "./_realm.ts";
import { SyncStateError } from "./errors.ts";
import { integer, show } from "./_validate.ts";

/** The words of a record. */
export type Words = Int32Array<SharedArrayBuffer>;

/** Plain data that names a shared object; it survives `postMessage`. */
export interface Handle<K extends string = string> {
  /** The class of the object, such as `"Lock"`. */
  readonly kind: K;
  /** The memory it lives in. */
  readonly buffer: SharedArrayBuffer;
  /** Where in that memory, in bytes; a multiple of 64. */
  readonly byteOffset: number;
}

/** A place for a shared object in memory of the caller's. */
export interface Memory {
  /** Memory that threads share; all bytes of the object's place must be zero. */
  buffer: SharedArrayBuffer;
  /** Where in the buffer, in bytes; a multiple of 64, 0 if left out. */
  byteOffset?: number;
}

/** The kinds of records; a kind's number is its place here and never changes. */
const KINDS = [
  "Latch",
  "Event",
  "Lock",
  "Semaphore",
  "BoundedSemaphore",
  "AtomicInt32",
  "Barrier",
  "RLock",
  "Condition",
  "RWLock",
  "Once",
  "OnceCell",
  "AtomicBigInt64",
  "AtomicBool",
  "AtomicFloat64",
  "LongAdder",
  "CancelToken",
  "Queue",
  "LifoQueue",
  "PriorityQueue",
  "SimpleQueue",
  "Deque",
  "Counter",
  "SharedMap",
  "Channel",
  "SpscQueue",
  "SharedLocal",
  "ThreadPoolExecutor",
  "Tracer",
];

const TAG = 0, ID = 1, SALT = 2, FLAGS = 3;

/** The first word that is the primitive's own. */
export const OWN = 4;

/** Set in FLAGS of a record made while a task's module was being loaded. */
export const STRAY = 1;
/** The first bit of FLAGS that is the primitive's own. */
export const OWN_FLAG = 2;

const ALIGNMENT = 64;
const MAGIC = 0x494c0000, VERSION = 1, CLAIMED = -1;

/** The word that says what a record is. */
function tagOf(kind: string): number {
  return MAGIC | (KINDS.indexOf(kind) + 1) << 8 | VERSION;
}

/** What stands at a tag word, for a message. */
function describeTag(tag: number): string {
  if (tag === 0) return "nothing";
  if ((tag & 0xffff0000) !== MAGIC) return "other data";
  return `a ${KINDS[(tag >> 8 & 0xff) - 1] ?? "record"}, version ${tag & 0xff}`;
}

/** New memory that threads share, all 0; an error that says what is missing where there is none. */
export function sharedMemory(
  byteLength: number,
  options?: { maxByteLength: number },
): SharedArrayBuffer {
  if (typeof SharedArrayBuffer === "undefined") {
    throw new ReferenceError(
      "Cannot share memory: there is no SharedArrayBuffer, as this page is not cross-origin isolated; serve it with Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp",
    );
  }
  return new SharedArrayBuffer(byteLength, options);
}

/** The words at a place, if it is one for a record. */
function wordsAt(
  action: string,
  place: Memory,
  byteLength: number,
): Words {
  const { buffer, byteOffset = 0 } = place;
  if (Object.prototype.toString.call(buffer) !== "[object SharedArrayBuffer]") {
    throw new TypeError(
      `Cannot ${action}: 'buffer' must be a SharedArrayBuffer, received ${
        show(buffer)
      }`,
    );
  }
  integer(action, "byteOffset", byteOffset, 0, Number.MAX_SAFE_INTEGER);
  if (byteOffset % ALIGNMENT !== 0) {
    throw new RangeError(
      `Cannot ${action}: 'byteOffset' must be a multiple of ${ALIGNMENT}, received ${byteOffset}`,
    );
  }
  if (byteOffset + byteLength > buffer.byteLength) {
    throw new RangeError(
      `Cannot ${action}: ${byteLength} bytes at 'byteOffset' ${byteOffset} do not fit, received a buffer of ${buffer.byteLength}`,
    );
  }
  return new Int32Array(buffer, byteOffset, byteLength >> 2);
}

/**
 * Makes a record, in memory of its own or at the caller's place.
 *
 * `fill` writes the record's own words; it is told whether the record is stray
 * (see {@linkcode refuseStray}), because such a one must not start out usable.
 */
export function createRecord(
  kind: string,
  byteLength: number,
  memory: Memory | undefined,
  flags: number,
  fill: (words: Words, stray: boolean) => void,
): Words {
  const action = `create ${kind}`;
  if (memory !== undefined && (typeof memory !== "object" || !memory)) {
    throw new TypeError(
      `Cannot ${action}: 'memory' must be an object, received ${show(memory)}`,
    );
  }
  const words = memory === undefined
    ? new Int32Array(sharedMemory(byteLength))
    : wordsAt(action, memory, byteLength);
  const found = Atomics.compareExchange(words, TAG, 0, CLAIMED);
  if (found !== 0) {
    throw new SyncStateError(
      `Cannot ${action}: the memory at 'byteOffset' ${words.byteOffset} holds ${
        describeTag(found)
      }`,
    );
  }
  const id = realm.nextRecord++ >>> 0;
  for (let i = OWN; i < words.length; i++) Atomics.store(words, i, 0);
  Atomics.store(words, ID, id | 0);
  Atomics.store(words, SALT, realm.recordSalt);
  Atomics.store(words, FLAGS, flags | (realm.loading ? STRAY : 0));
  fill(words, realm.loading);
  Atomics.store(words, TAG, tagOf(kind));
  return words;
}

/** The words of the record that a handle names, which is of one of the kinds. */
export function openRecord(
  kinds: readonly string[],
  handle: Handle,
  byteLengthOf: (words: Words) => number,
): Words {
  const action = `open ${kinds[0]}`;
  if (typeof handle !== "object" || handle === null) {
    throw new TypeError(
      `Cannot ${action}: 'handle' must be a handle, received ${show(handle)}`,
    );
  }
  if (!kinds.includes(handle.kind)) {
    throw new TypeError(
      `Cannot ${action}: 'handle' must be of kind ${
        kinds.map(show).join(" or ")
      }, received ${show(handle.kind)}`,
    );
  }
  const head = wordsAt(action, handle, ALIGNMENT);
  const tag = Atomics.load(head, TAG);
  if (tag !== tagOf(handle.kind)) {
    throw new TypeError(
      `Cannot ${action}: the memory at 'byteOffset' ${handle.byteOffset} holds ${
        describeTag(tag)
      }`,
    );
  }
  const words = wordsAt(action, handle, byteLengthOf(head));
  meet(words);
  return words;
}

/** The number that is the same for all views of a record, and for no other record. */
export function recordKey(words: Words): number {
  return (words[SALT]! & 0x1fffff) * 0x100000000 + (words[ID]! >>> 0);
}

/**
 * Remembers a record that others know, or may come to know: bytes that name it by its
 * key can then be read here. It is forgotten when nothing here uses its memory.
 */
function meet(words: Words): void {
  remember(recordKey(words), words.buffer);
}

function remember(key: number, buffer: SharedArrayBuffer): void {
  const { records, anchors } = realm;
  const known = records.get(key)?.deref();
  if (known === buffer) return;
  if (known === undefined) {
    if (records.size >= realm.recordsLimit) forgetGone();
    records.set(key, new WeakRef(buffer));
    return;
  }
  // Another buffer over the same memory: while it is used, the known one stays.
  const kept = anchors.get(buffer);
  if (kept === undefined) anchors.set(buffer, new Set([known]));
  else kept.add(known);
}

function forgetGone(): void {
  for (const [key, buffer] of realm.records) {
    if (buffer.deref() === undefined) realm.records.delete(key);
  }
  realm.recordsLimit = Math.max(1024, realm.records.size * 2);
}

/** Remembers a buffer that others know by a key, as a record is: bytes can name it by the key. */
export function meetBuffer(
  key: number,
  buffer: SharedArrayBuffer,
): SharedArrayBuffer {
  if (!realm.buffers.has(buffer)) realm.buffers.set(buffer, key);
  remember(key, buffer);
  return buffer;
}

/** The key of a buffer. If it has none: a new one, which is no record's, if asked for. */
export function bufferKey(
  buffer: SharedArrayBuffer,
  create: boolean,
): number | undefined {
  const known = realm.buffers.get(buffer);
  if (known === undefined && !create) return undefined;
  const key = known ??
    realm.recordSalt * 0x100000000 + (realm.nextRecord++ >>> 0);
  meetBuffer(key, buffer);
  return key;
}

/** The memory of a record, or the buffer, that was met here, by its key. */
export function metBuffer(key: number): SharedArrayBuffer | undefined {
  return realm.records.get(key)?.deref();
}

/** The kind of a record. */
export function recordKind(words: Words): string {
  return KINDS[(words[TAG]! >> 8 & 0xff) - 1]!;
}

/** The flags of a record. */
export function recordFlags(words: Words): number {
  return words[FLAGS]!;
}

/**
 * Refuses a record that was made while a thread loaded its task's module: every
 * thread that loads the module makes one, and they exclude nobody.
 */
export function refuseStray(words: Words, kind: string): void {
  if ((words[FLAGS]! & STRAY) === 0) return;
  throw new SyncStateError(
    `Cannot use this ${kind}: it was made at the top level of a task's module, where each thread makes one of its own. Make it once and pass it to the task as an argument`,
  );
}

const ATTACH = Symbol("words of an existing record");

/** An argument that tells a constructor to open words instead of making them. */
export function attachment(words: Words): never {
  return { [ATTACH]: words } as never;
}

/** The words of an {@linkcode attachment}. */
export function attachedWords(argument: unknown): Words | undefined {
  return typeof argument === "object" && argument !== null
    ? (argument as { [ATTACH]?: Words })[ATTACH]
    : undefined;
}

/** Whether a value is a shared object of this package, and not a handle. */
export let isOpen: (value: object) => value is Handle;

/**
 * What every shared object is: a view of a record, and its own handle.
 *
 * The enumerable fields are the handle, so an object that is posted arrives as
 * one: `Lock.from(event.data.lock)` opens it.
 */
export abstract class SharedObject<K extends string> implements Handle<K> {
  /** The class of the object. */
  readonly kind: K;
  /** The memory it lives in. */
  declare readonly buffer: SharedArrayBuffer;
  /** Where in that memory, in bytes. */
  readonly byteOffset: number;
  readonly #words: Words;

  static {
    isOpen = (value): value is SharedObject<string> => #words in value;
  }

  /** Whoever reads the buffer may pass it on, as structured clone does. */
  static readonly #BUFFER = {
    enumerable: true,
    get(this: SharedObject<string>): SharedArrayBuffer {
      meet(this.#words);
      return this.#words.buffer;
    },
  };

  /** For the classes of this package. */
  protected constructor(kind: K, words: Words) {
    this.kind = kind;
    this.#words = words;
    Object.defineProperty(this, "buffer", SharedObject.#BUFFER);
    this.byteOffset = words.byteOffset;
  }

  /** Plain data that names this object, for `postMessage`; does not block. */
  get handle(): Handle<K> {
    const { kind, buffer, byteOffset } = this;
    return { kind, buffer, byteOffset };
  }

  /** What this is and how it stands; a snapshot. */
  abstract toString(): string;

  /** Shows the object in `console.log` by its string. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }

  /** Shows the object in Node's `console.log` by its string. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}
