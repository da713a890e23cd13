/**
 * Parties: which threads wait at a channel, and as what.
 *
 * All is written in the section of the channel, but for STRANGERS; it and the totals are
 * read anywhere.
 *
 * *Words*, from `base` on · STRANGERS: 1 if somebody could not tell a thread that selects ·
 * a total for each role: REQUESTS: receivers that are bound to take an item · RECEIVES,
 * SENDS: arms of selects · then the parties · THREAD: whose it is, 0 if it is free · and
 * how often it has each role. The last one, which is nobody's, counts those for whom there was no place.
 *
 * *States*
 *
 * | THREAD | roles | means |
 * | --- | --- | --- |
 * | 0 | 0 | free |
 * | id | any | of that thread; free once all roles are 0, or the thread is dead |
 *
 * *Invariants*
 * - I1: a total is the sum over the parties; {@linkcode Parties.bury} counts it anew if a
 *   thread died, as it may have died between the two.
 * - I2: who selects enters before it looks at the channel, and who changes the channel
 *   looks for those that select after that: so one of them sees the other.
 *
 * *Progress* · Each step is one look through the parties. A thread that selects sleeps on
 * a word of its own in the roster (`_roster.ts`); who has another roster cannot find it, and
 * says so in STRANGERS: from then on those that select here look every 20 ms.
 *
 * *Source* · this project's.
 *
 * @module
 */

import { wake } from "./_park.ts";
import { realm } from "./_realm.ts";
import type { Words } from "./_record.ts";
import { isDead, SELECT, slotOf } from "./_roster.ts";
import { threadId } from "./_thread_id.ts";

/** What a thread waits as. */
export type Role = 1 | 2 | 3;
/** A receiver that is bound to take an item; an arm that receives; an arm that sends. */
export const REQUESTS = 1, RECEIVES = 2, SENDS = 3;

const STRANGERS = 0, TOTALS = 0, FIRST = 4;
const THREAD = 0, PARTY_WORDS = 4, PARTIES = 32;

/** A view of the parties in a record. */
export class Parties {
  readonly #words: Words;
  readonly #base: number;
  readonly #first: number;
  /** Where the party begins that is nobody's. */
  readonly #nobody: number;

  /** How many words it takes. */
  static readonly length: number = FIRST + (PARTIES + 1) * PARTY_WORDS;

  constructor(words: Words, base: number) {
    this.#words = words;
    this.#base = base;
    this.#first = base + FIRST;
    this.#nobody = this.#first + PARTIES * PARTY_WORDS;
  }

  /** Whether a thread that selects may not be told of a change. */
  get strangers(): boolean {
    return Atomics.load(this.#words, this.#base + STRANGERS) !== 0;
  }

  /** How many have a role; out of the section it may have changed when you read it. */
  total(role: Role): number {
    return Atomics.load(this.#words, this.#base + TOTALS + role);
  }

  /** This thread gets a role; false if there is no place where others find it. */
  enter(role: Role): boolean {
    const words = this.#words;
    let party = this.#find(threadId()) || this.#find(0);
    if (party === 0 && this.bury()) party = this.#find(0);
    if (party !== 0) words[party + THREAD] = threadId();
    this.#add(party || this.#nobody, role, 1);
    return party !== 0;
  }

  /** This thread loses a role. */
  leave(role: Role): void {
    const words = this.#words, party = this.#find(threadId());
    if (party === 0 || words[party + role] === 0) {
      return this.#add(this.#nobody, role, -1);
    }
    this.#add(party, role, -1);
    const left = words[party + REQUESTS]! + words[party + RECEIVES]! +
      words[party + SENDS]!;
    if (left === 0) words[party + THREAD] = 0;
  }

  /** Frees what dead threads left (I1); whether there were any. */
  bury(): boolean {
    const words = this.#words;
    let found = false;
    for (let p = this.#first; p < this.#nobody; p += PARTY_WORDS) {
      if (words[p + THREAD] === 0 || !isDead(words[p + THREAD]!)) continue;
      words.fill(0, p, p + PARTY_WORDS);
      found = true;
    }
    if (!found) return false;
    for (const role of [REQUESTS, RECEIVES, SENDS]) {
      let total = 0;
      for (let p = this.#first; p <= this.#nobody; p += PARTY_WORDS) {
        total += words[p + role]!;
      }
      Atomics.store(words, this.#base + TOTALS + role, total);
    }
    return true;
  }

  /** The threads that have a role; this one only if it has it more than so often. */
  having(role: Role, own: number): number[] {
    const words = this.#words, me = threadId(), ids: number[] = [];
    for (let p = this.#first; p < this.#nobody; p += PARTY_WORDS) {
      const id = words[p + THREAD]!;
      if (words[p + role]! > (id === me ? own : 0)) ids.push(id);
    }
    return ids;
  }

  /** Tells threads that select, out of the section; how often it told this one. */
  tell(ids: readonly number[]): number {
    const { roster } = realm, me = threadId();
    let echoes = 0;
    for (const id of ids) {
      const place = roster && slotOf(roster, id);
      if (place === undefined) {
        const stranger = this.#base + STRANGERS;
        if (!isDead(id)) Atomics.store(this.#words, stranger, 1);
        continue;
      }
      Atomics.add(roster!, place + SELECT, 1);
      wake(roster!, place + SELECT);
      if (id === me) echoes++;
    }
    return echoes;
  }

  /** Where the party of a thread begins; 0 if it has none. */
  #find(id: number): number {
    const words = this.#words;
    for (let p = this.#first; p < this.#nobody; p += PARTY_WORDS) {
      if (words[p + THREAD] === id) return p;
    }
    return 0;
  }

  #add(party: number, role: Role, n: number): void {
    const words = this.#words, total = this.#base + TOTALS + role;
    words[party + role] = words[party + role]! + n;
    Atomics.store(words, total, words[total]! + n);
  }
}
