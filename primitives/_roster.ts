/**
 * The roster: who the threads are, and which of them are dead.
 *
 * Dead means: can never run JavaScript again. A worker that was terminated, or has
 * failed, or says nothing, may well run on, so only what the runtime says of the end
 * of a thread counts (`workers/_supervisor.ts`). Then, what a dead thread held will
 * never be given back, and others may take it.
 *
 * The first thread that starts another one makes the roster, and every thread gets
 * it from its starter. A worker that nobody started by a Thread has none, and an id
 * that is in none (`_thread_id.ts`): it declares nobody dead, nor is it declared so.
 *
 * *Words* · 0 CURSOR: where to look for a free slot · 1 CHANGES: moves with every
 * LIFE; the supervisor sleeps here · 2 SUPERVISED: a supervisor is there, or comes ·
 * 3 KEY: at random, for names · 4 FOUNDER: the id of the thread that made it. Then
 * the slots; slot 0 is the founder's · LIFE: generation << 2 | state · FIRST: its
 * first generation, written once · STARTER: the id of who starts it · SEQ, OWNER,
 * FRESH, LOOSE: what it waits for (`_watch.ts`) · SELECT: moves when a channel may be ready
 * for it (`_parties.ts`) · NAME and LOCK, in UTF-8.
 *
 * *States* of LIFE
 *
 * | state | means | → by |
 * | --- | --- | --- |
 * | STARTING | the worker has not been heard of | RUNNING, the thread; DEAD, whoever knows that it will not start |
 * | RUNNING | it holds its Web Lock, or its lifeline | DEAD, the supervisor |
 * | DEAD | it has ended, or nobody had the slot yet | STARTING of the next generation, a starter |
 *
 * *Invariants* · I1: an id is generation << 10 | slot, and is never given twice: a
 * slot whose generations are used up is not used again. I2: an id is dead if its
 * generation is one that its slot has had, and not the present one, or if that is
 * DEAD. So the ids of another roster, which two programs may bring to one lock, are
 * as good as random, and not dead. I3: code of the user runs only in RUNNING.
 *
 * *Progress* · All is one compareExchange or a bounded look through the slots.
 *
 * *Source* · robust futexes (Linux) and ERROR_OWNER_DIED of POSIX for what it is
 * for; the generations are those of thread ids in Erlang. Python has none of it.
 *
 * @module
 */

import { realm } from "./_realm.ts";
import { sharedMemory, type Words } from "./_record.ts";
import { drawThreadId, FOREIGN, threadId } from "./_thread_id.ts";

/** Words of the roster: moves with every LIFE; whether a supervisor is there. */
export const CHANGES = 1, SUPERVISED = 2;
const CURSOR = 0, KEY = 3, FOUNDER = 4;

/** Words of a slot: what its thread waits for. */
export const SEQ = 3, OWNER = 4, FRESH = 5, LOOSE = 6, SELECT = 7;
/** Where a name begins in a slot, in words. */
export const NAME = 8, LOCK = 20;
const LIFE = 0, FIRST = 1, STARTER = 2;
const SLOT_WORDS = 32, NAME_BYTES = 48;

const SLOT_BITS = 10, SLOTS = 1 << SLOT_BITS;
const LAST_GENERATION = FOREIGN / SLOTS - 1;

const STATES = 3, STARTING = 1, RUNNING = 2, DEAD = 3;

/** Makes a roster of so many slots, the founder's included. */
export function createRoster(
  founder: number,
  slots: number = SLOTS,
  random: Uint32Array = crypto.getRandomValues(new Uint32Array(slots)),
): Words {
  const roster = new Int32Array(
    sharedMemory((slots + 1) * SLOT_WORDS * 4),
  );
  Atomics.store(roster, KEY, random[0]! | 0);
  Atomics.store(roster, CURSOR, random[0]! >>> 1);
  Atomics.store(roster, FOUNDER, founder);
  for (let slot = 1; slot < slots; slot++) {
    // Half of the generations are left for those to come.
    const first = 1 + (random[slot]! & LAST_GENERATION >> 1);
    Atomics.store(roster, placeOf(slot) + FIRST, first);
    Atomics.store(roster, placeOf(slot) + LIFE, first - 1 << 2 | DEAD);
  }
  Atomics.store(roster, placeOf(0) + LIFE, RUNNING);
  return roster;
}

/** The roster of this thread, made if it has none. */
export function openRoster(name: string): Words {
  if (realm.roster !== undefined) return realm.roster;
  const roster = realm.roster = createRoster(threadId());
  writeText(roster, placeOf(0) + NAME, name);
  return roster;
}

/** What names in the runtime begin with that belong to a roster. */
export function rosterName(roster: Words): string {
  const key = Atomics.load(roster, KEY) >>> 0;
  return `interlock-${key.toString(36)}`;
}

/** The id of a thread that is about to be started; a foreign one if all slots are taken. */
export function enlist(roster: Words, name: string): number {
  const slots = roster.length / SLOT_WORDS - 2;
  for (let n = 0; n < slots; n++) {
    const cursor = Atomics.add(roster, CURSOR, 1) >>> 0;
    const slot = 1 + cursor % slots, place = placeOf(slot);
    const life = Atomics.load(roster, place + LIFE), next = (life >> 2) + 1;
    if ((life & STATES) !== DEAD || next > LAST_GENERATION) continue;
    const taken = next << 2 | STARTING;
    if (Atomics.compareExchange(roster, place + LIFE, life, taken) !== life) {
      continue;
    }
    Atomics.store(roster, place + STARTER, threadId());
    Atomics.store(roster, place + SEQ, 0);
    writeText(roster, place + NAME, name);
    return next << SLOT_BITS | slot;
  }
  return drawThreadId();
}

/** The thread has come to life; false if it was given up. A foreign one is in no roster. */
export function comeAlive(roster: Words, id: number): boolean {
  return move(roster, id, STARTING, RUNNING);
}

/** The thread will never run the user's code: it was not heard of, and if it is now, it ends at once. */
export function giveUp(roster: Words, id: number): boolean {
  return move(roster, id, STARTING, DEAD);
}

/** The thread can never run again. */
export function markDead(roster: Words, id: number): boolean {
  return move(roster, id, RUNNING, DEAD);
}

/** Whether a thread can never run again, as far as this thread knows. */
export function isDead(id: number): boolean {
  const { roster } = realm;
  return roster !== undefined && isDeadIn(roster, id);
}

/** The threads in a roster that may run, and their states; the founder is not among them. */
export function livingIn(roster: Words): { id: number; running: boolean }[] {
  const living: { id: number; running: boolean }[] = [];
  const slots = roster.length / SLOT_WORDS - 1;
  for (let slot = 1; slot < slots; slot++) {
    const place = placeOf(slot), life = Atomics.load(roster, place + LIFE);
    const state = life & STATES;
    if (state === DEAD) continue;
    // A starter that died starts nothing any more.
    const lost = state === STARTING &&
      isDeadIn(roster, Atomics.load(roster, place + STARTER));
    const id = life >> 2 << SLOT_BITS | slot;
    if (!lost) living.push({ id, running: state === RUNNING });
  }
  return living;
}

/** Where the slot of a thread begins in the roster; undefined if it has none. */
export function slotOf(roster: Words, id: number): number | undefined {
  if (id === 0) return undefined;
  if (id === Atomics.load(roster, FOUNDER)) return placeOf(0);
  if ((id & FOREIGN) !== 0) return undefined;
  const place = placeOf(id & SLOTS - 1);
  const life = place < roster.length ? Atomics.load(roster, place + LIFE) : 0;
  return life >> 2 === id >> SLOT_BITS ? place : undefined;
}

/** What a thread is called, for messages. */
export function threadName(id: number): string {
  const { roster } = realm;
  const place = roster && slotOf(roster, id);
  return place === undefined
    ? "a thread"
    : JSON.stringify(readText(roster!, place + NAME));
}

/** Writes text of up to 48 bytes before it is announced; the rest is cut off. */
export function writeText(words: Words, index: number, text: string): void {
  const bytes = new Uint8Array(NAME_BYTES);
  new TextEncoder().encodeInto(text, bytes);
  new Uint8Array(words.buffer, words.byteOffset).set(bytes, index * 4);
}

/** Reads what {@linkcode writeText} wrote. */
export function readText(words: Words, index: number): string {
  const place = words.byteOffset + index * 4;
  const bytes = new Uint8Array(words.buffer, place, NAME_BYTES).slice();
  const text = new TextDecoder().decode(bytes);
  return text.slice(0, text.indexOf("\0") >>> 0);
}

function isDeadIn(roster: Words, id: number): boolean {
  if (id === 0 || (id & FOREIGN) !== 0) return false;
  const place = placeOf(id & SLOTS - 1), generation = id >> SLOT_BITS;
  if (place >= roster.length) return false;
  if (generation < Atomics.load(roster, place + FIRST)) return false;
  const life = Atomics.load(roster, place + LIFE);
  return generation === life >> 2
    ? (life & STATES) === DEAD
    : generation < life >> 2;
}

function move(roster: Words, id: number, from: number, to: number): boolean {
  if ((id & FOREIGN) !== 0) return true;
  const index = placeOf(id & SLOTS - 1) + LIFE, generation = id >> SLOT_BITS;
  const life = generation << 2 | from, next = generation << 2 | to;
  const moved = Atomics.compareExchange(roster, index, life, next) === life;
  if (moved) Atomics.add(roster, CHANGES, 1);
  return moved;
}

/** Where a slot begins; the words of the roster itself come first. */
function placeOf(slot: number): number {
  return (slot + 1) * SLOT_WORDS;
}
