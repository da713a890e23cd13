/**
 * Deadlocks: who waits for whom, and proof that it is for ever.
 *
 * A thread that blocks without a limit, on what only its owner gives back, says so
 * in its slot of the roster, once it has waited for a slice. So nothing of this costs
 * a wait that is short, and no wait that may give up is part of it.
 *
 * *Words* of a slot · SEQ: odd while it waits · OWNER: whom for, as read from the
 * lock · FRESH: odd while it reads the owner, moves with each reading · LOOSE: 1 if
 * any thread may release the lock, 2 if the wait cannot end without it · LOCK: its name. Written by the slot's thread.
 *
 * *States* of SEQ
 *
 * | SEQ | means |
 * | --- | --- |
 * | even | not waiting, or not for long |
 * | odd | in this very wait, until it changes |
 *
 * *Invariants* · I1: what a thread owns at one instant of its wait it owns throughout,
 * as it cannot release. I2: a cycle is a deadlock if each of its SEQ is the same
 * before and after a time within which each of its owners was read anew: then there
 * is an instant at which each member waits for what the next one owns. FRESH is read
 * after all SEQ of the first look, and before all of the second.
 *
 * *Progress* · Every member looks once a slice, so a cycle is proved about two slices
 * after it closed. The member with the highest id of those that can leave tells, and its wait ends; the others
 * wait on. Not seen: readers, semaphores, conditions, tasks that await, waits with a
 * limit, threads that are in no roster.
 *
 * *Source* · Chandy, Misra and Haas, "Distributed deadlock detection" (1983), has the
 * problem of phantoms; the two looks are this project's. Python has none.
 *
 * @module
 */

import { describe } from "./_ownership.ts";
import { realm } from "./_realm.ts";
import type { Words } from "./_record.ts";
import {
  FRESH,
  isDead,
  LOCK,
  LOOSE,
  OWNER,
  readText,
  SEQ,
  slotOf,
  threadName,
  writeText,
} from "./_roster.ts";
import { ID_MASK, threadId } from "./_thread_id.ts";
import { DeadlockError } from "./errors.ts";

/** A member of a cycle: a thread that waits, and for whom. */
interface Member {
  readonly id: number;
  readonly place: number;
  readonly seq: number;
  readonly owner: number;
  readonly loose: boolean;
  readonly patient: boolean;
}

/** In LOOSE: the wait cannot end without the lock. */
const PATIENT = 2;

/** Who tells: the highest, of those that can leave if there are any. */
function judgeOf(members: readonly Member[]): number {
  const free = members.filter(({ patient }) => !patient);
  const ids = (free.length > 0 ? free : members).map(({ id }) => id);
  return Math.max(...ids);
}

/** A wait for what has an owner, as other threads see it. */
export class Watch {
  readonly #words: Words;
  readonly #index: number;
  readonly #loose: boolean;
  readonly #patient: boolean;
  #place: number | undefined;
  /** A cycle that was seen, and how fresh each member was after that. */
  #suspects: readonly Member[] | undefined;
  #fresh: readonly number[] = [];
  #told = false;

  /**
   * `index` is the word with the owner; `loose` says that another may release,
   * `patient` that this wait cannot end without the lock.
   */
  constructor(
    words: Words,
    index: number,
    loose: boolean,
    patient: boolean = false,
  ) {
    this.#words = words;
    this.#index = index;
    this.#loose = loose;
    this.#patient = patient;
  }

  /** Tells the others, once a slice; the error if this wait is to end a deadlock. */
  look(): DeadlockError | undefined {
    const { roster } = realm;
    if (roster === undefined) return;
    this.#publish(roster);
    const suspects = this.#suspects;
    const read = suspects !== undefined &&
      suspects.every(({ place }, i) => {
        const before = this.#fresh[i]!;
        const now = Atomics.load(roster, place + FRESH);
        // A reading that was under way does not count.
        return (now - before | 0) >= 2 + (before & 1);
      });
    const cycle = this.#cycle(roster);
    const same = cycle !== undefined && suspects?.length === cycle.length &&
      cycle.every(({ id, seq, owner }, i) =>
        id === suspects[i]!.id && seq === suspects[i]!.seq &&
        owner === suspects[i]!.owner
      );
    if (!same) {
      this.#suspects = cycle;
      this.#fresh = cycle?.map(({ place }) =>
        Atomics.load(roster, place + FRESH)
      ) ?? [];
    }
    // Of the first look: the same SEQ at the second says that it was of this wait.
    return same && read ? this.#tell(roster, suspects!) : undefined;
  }

  /** The wait is over. */
  end(): void {
    if (this.#place === undefined) return;
    Atomics.add(realm.roster!, this.#place + SEQ, 1);
    this.#place = undefined;
  }

  #publish(roster: Words): void {
    const first = this.#place === undefined;
    const place = this.#place ??= slotOf(roster, threadId());
    if (place === undefined) return;
    if (first) {
      const loose = (this.#loose ? 1 : 0) | (this.#patient ? PATIENT : 0);
      Atomics.store(roster, place + LOOSE, loose);
      writeText(roster, place + LOCK, describe(this.#words));
    }
    Atomics.add(roster, place + FRESH, 1);
    const owner = Atomics.load(this.#words, this.#index) & ID_MASK;
    Atomics.store(roster, place + OWNER, owner);
    Atomics.add(roster, place + FRESH, 1);
    if (first) Atomics.add(roster, place + SEQ, 1);
  }

  /** The cycle that this wait closes, if it is this thread's to tell. */
  #cycle(roster: Words): Member[] | undefined {
    const me = threadId(), members: Member[] = [];
    let id = me;
    do {
      const place = slotOf(roster, id);
      if (place === undefined || isDead(id)) return;
      const seq = Atomics.load(roster, place + SEQ);
      const owner = Atomics.load(roster, place + OWNER);
      const flags = Atomics.load(roster, place + LOOSE);
      if ((seq & 1) === 0) return;
      if (members.some((member) => member.id === id)) return;
      const loose = (flags & 1) !== 0, patient = (flags & PATIENT) !== 0;
      members.push({ id, place, seq, owner, loose, patient });
      id = owner;
    } while (id !== me);
    return judgeOf(members) === me ? members : undefined;
  }

  #tell(roster: Words, cycle: readonly Member[]): DeadlockError | undefined {
    const links = cycle.map(({ place, owner }) =>
      `waits for ${readText(roster, place + LOCK)}, which is held by ${
        threadName(owner)
      }`
    );
    const loop = `${threadName(cycle[0]!.id)} ${links.join(", which ")}`;
    if (!this.#patient && !cycle.some(({ loose }) => loose)) {
      const lock = describe(this.#words);
      return new DeadlockError(`Cannot acquire ${lock}: ${loop}`);
    }
    if (!this.#told) {
      console.warn(
        `Deadlock, unless another thread releases a Lock that it does not hold: ${loop}`,
      );
    }
    this.#told = true;
    return undefined;
  }
}
