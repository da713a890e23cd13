/**
 * The memory of a Tracer: what it is about, the locks that are traced, and a ring of
 * events for each thread.
 *
 * *Words* · 4 THREADS, 5 EVENTS, 6 LOCKS: how many it has room for, written once · 8, 9
 * EPOCH: when it was made, a float64 of milliseconds since 1970. Then the locks, 16
 * words each: STATE · KIND: an index of `KINDS` · KEY: the key of the record, a float64 ·
 * LABEL in UTF-8. Then the rings, see `_ring.ts`.
 *
 * *States* of a lock's entry
 *
 * | STATE | means | → by |
 * | --- | --- | --- |
 * | FREE | and so are all that follow | TAKEN, a thread that traces a lock first |
 * | TAKEN | that thread is writing it | READY, the same thread |
 * | READY | it is as it will stay | |
 *
 * *Invariants* · I1: an entry that is READY never changes, so the index in an event
 * means the same lock for ever. I2: two entries may be of one lock, if two threads
 * traced it first at the same time. Readers take them for one.
 *
 * *Progress* · One look through the entries, each with at most one compareExchange.
 * What a thread leaves TAKEN that dies meanwhile stays so, and nobody waits for it.
 *
 * @module
 */

import {
  createRecord,
  type Handle,
  type Memory,
  openRecord,
  OWN,
  recordKey,
  type Words,
} from "../primitives/_record.ts";
import { readText, writeText } from "../primitives/_roster.ts";
import { integer, optionBag } from "../primitives/_validate.ts";

/** How large a Tracer is. */
interface Options {
  threads?: number;
  events?: number;
  locks?: number;
  memory?: Memory;
}

/** The kinds of what is traced; a kind's number is its place here. */
const KINDS = [
  "Lock",
  "RLock",
  "Semaphore",
  "BoundedSemaphore",
  "RWLockRead",
  "RWLockWrite",
  "RWLockUpgradable",
] as const;

/** What has one holder at a time. */
const EXCLUSIVE: ReadonlySet<string> = new Set([
  "Lock",
  "RLock",
  "RWLockWrite",
  "RWLockUpgradable",
]);

/** The kind of something that is traced. */
export type TracedKind = typeof KINDS[number];

/** A lock that is traced, as a reader sees it. */
export interface TracedLock {
  /** What it is called; no other lock of the trace is called so. */
  readonly name: string;
  /** Whether it has one holder at a time. */
  readonly exclusive: boolean;
}

const THREADS = OWN, EVENTS = OWN + 1, LOCKS = OWN + 2, EPOCH = OWN + 4;
const TABLE = 16, ENTRY = 16;
const STATE = 0, KIND = 1, KEY = 2, LABEL = 4;
const FREE = 0, TAKEN = 1, READY = 2;

/** Words of a ring before its events, and of an event. */
export const RING_HEAD = 16, EVENT = 4;
/** Slots of a ring beyond its events: those that its writer may be changing; they are not read. */
const SLACK = 16;
/** The most threads that a Tracer can have room for. */
const MOST_THREADS = 1024;
const MOST_LOCKS = 65_536, MOST_BYTES = 0x7fffffff;

/** The bytes of the lists of a Tracer, and of one ring. */
function bytesOf(threads: number, events: number, locks: number): number {
  return (TABLE + locks * ENTRY + threads * ringWords(events)) * 4;
}

/** A ring begins and ends where no other ring's cache lines are. */
function ringWords(events: number): number {
  return RING_HEAD + (events + SLACK) * EVENT + 15 & ~15;
}

/** The options, checked, and the bytes that they take. */
export function sizeOf(
  action: string,
  options: Options | undefined,
): { threads: number; events: number; locks: number; bytes: number } {
  const bag = optionBag(action, options);
  const { threads = 16, events = 16_384, locks = 64 } = bag;
  integer(action, "threads", threads, 1, MOST_THREADS);
  integer(action, "locks", locks, 1, MOST_LOCKS);
  const rest = MOST_BYTES - bytesOf(threads, 0, locks) - threads * 64;
  const most = Math.floor(rest / (threads * EVENT * 4));
  integer(action, "events", events, 1, most);
  return { threads, events, locks, bytes: bytesOf(threads, events, locks) };
}

/** Makes the record of a Tracer without events. */
export function createTrace(options: Options | undefined): Words {
  const action = "create Tracer";
  const { threads, events, locks, bytes } = sizeOf(action, options);
  const epoch = performance.timeOrigin + performance.now();
  return createRecord("Tracer", bytes, options?.memory, 0, (words) => {
    Atomics.store(words, THREADS, threads);
    Atomics.store(words, EVENTS, events);
    Atomics.store(words, LOCKS, locks);
    float(words, EPOCH)[0] = epoch;
  });
}

/** The words of the Tracer that a handle names. */
export function openTrace(handle: Handle<"Tracer">): Words {
  return openRecord(
    ["Tracer"],
    handle,
    (words) => bytesOf(words[THREADS]!, words[EVENTS]!, words[LOCKS]!),
  );
}

function float(words: Words, index: number): Float64Array<SharedArrayBuffer> {
  return new Float64Array(words.buffer, words.byteOffset + index * 4, 1);
}

/** What this thread adds to its clock, so that it counts from when the Tracer was made. */
export function clockShift(words: Words): number {
  return performance.timeOrigin - float(words, EPOCH)[0]!;
}

/** The slots of each ring, and how many of them are read. */
export function ringSize(words: Words): { events: number; slots: number } {
  const events = words[EVENTS]!;
  return { events, slots: events + SLACK };
}

/** Where the rings are. */
export function ringPlaces(words: Words): number[] {
  const first = TABLE + words[LOCKS]! * ENTRY, size = ringWords(words[EVENTS]!);
  return Array.from({ length: words[THREADS]! }, (_, i) => first + i * size);
}

/** The index of a lock in the events, which is entered if it is new. */
export function enterLock(
  words: Words,
  kind: TracedKind,
  record: Words,
  label: string,
): number {
  const key = recordKey(record), count = words[LOCKS]!;
  for (let index = 0; index < count; index++) {
    const place = TABLE + index * ENTRY;
    const state = Atomics.load(words, place + STATE);
    if (state === READY && isOf(words, place, kind, key)) return index;
    if (
      state !== FREE ||
      Atomics.compareExchange(words, place + STATE, FREE, TAKEN) !== FREE
    ) continue;
    words[place + KIND] = KINDS.indexOf(kind);
    float(words, place + KEY)[0] = key;
    writeText(words, place + LABEL, label);
    Atomics.store(words, place + STATE, READY);
    return index;
  }
  throw new RangeError(
    `Cannot trace ${kind}: 'locks' of the Tracer must be more than ${count}, as so many have been traced already, received ${count}`,
  );
}

function isOf(words: Words, place: number, kind: string, key: number): boolean {
  return KINDS[words[place + KIND]!] === kind &&
    float(words, place + KEY)[0] === key;
}

/** The locks that were traced, by their index; one object for the entries of one lock (I2). */
export function readLocks(words: Words): (TracedLock | undefined)[] {
  const byKey = new Map<string, TracedLock>(), names = new Set<string>();
  return Array.from({ length: words[LOCKS]! }, (_, index) => {
    const place = TABLE + index * ENTRY;
    if (Atomics.load(words, place + STATE) !== READY) return undefined;
    const kind = KINDS[words[place + KIND]!]!;
    const key = `${kind} ${float(words, place + KEY)[0]}`;
    const known = byKey.get(key);
    if (known !== undefined) return known;
    const text = readText(words, place + LABEL) || kind;
    let name = text;
    for (let n = 2; names.has(name); n++) name = `${text} #${n}`;
    names.add(name);
    const lock = { name, exclusive: EXCLUSIVE.has(kind) };
    byKey.set(key, lock);
    return lock;
  });
}
