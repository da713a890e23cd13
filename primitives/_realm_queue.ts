/**
 * The awaiting tasks of one realm that want the same lock or permits.
 *
 * One `waitAsync` for each waiter is quadratic in their number, so the tasks
 * queue here, in order of arrival, and one *pump* waits in shared memory for
 * the first of them. A release in the realm hands over to the first at once.
 *
 * *States of an entry* · QUEUED → GIVEN (it has what it wants, but its task has
 * not run yet) → gone; GIVEN → QUEUED (taken back: the realm is about to block);
 * QUEUED → ENDED (timeout, abort, token, stop) → gone.
 *
 * *Invariants*
 * - I1: while an entry is QUEUED a pump runs, because another thread may release.
 * - I2: at most {@linkcode BATCH} hand-overs happen in a row, or {@linkcode LONG_BATCH}
 *   if no thread sleeps for it, so that others are not starved by the tasks of one.
 * - I3: what is GIVEN when the realm blocks goes back to everybody, and the entry
 *   to the head of the queue. Without it `release(); acquire()` hangs, because
 *   the new owner can only run when the blocked thread does. An item that a task got
 *   from a queue stays its own: it keeps nobody else waiting.
 * - I4: a pump that nobody wants any more ends, and touches nothing: it would
 *   hold back those behind it in shared memory.
 * - I5: an error that ends the pump ends all who are QUEUED.
 *
 * @module
 */

import { realm, type Sleeper } from "./_realm.ts";
import {
  type Body,
  countdown,
  keepAlive,
  letEnd,
  Limits,
  OK,
  settle,
  Settlement,
  STOP,
  STOPPED,
  type Terms,
} from "./_park.ts";
import { threadId } from "./_thread_id.ts";
import { noPlace, type Place } from "./_wait_queue.ts";

/** How many times in a row a realm hands over to itself, while threads sleep for it. */
const BATCH = 64;
/** The same, if at most other tasks wait: to wake those takes as long as so many hand-overs. */
const LONG_BATCH = 1024;

/** What the tasks of a queue want: so much, or something that each wants in its own way. */
export interface Source<D = number> {
  /** The same for all views of one record. */
  readonly key: number | string;
  /** Takes for a thread, if that is possible now. */
  take(demand: D, thread: number, awaits: boolean): boolean;
  /** Gives back to everybody what was taken for a thread; not there if nobody misses it. */
  give?(demand: D, thread: number): void;
  /** Waits until it has taken. */
  wait(demand: D, awaits: boolean, place?: Place): Body<boolean>;
  /** Ends a wait: takes, if that is possible now, or leaves nothing behind; not there if `take` is enough. */
  quit?(demand: D): boolean;
  /** What was taken is a task's now, and is not taken back any more. */
  delivered?(): void;
}

const QUEUED = 0, GIVEN = 1, ENDED = 2;

interface Entry<D> {
  readonly demand: D;
  state: typeof QUEUED | typeof GIVEN | typeof ENDED;
  limits: Limits;
  /** What ended it, if that is an error. */
  error?: unknown;
  /** Lets the task look at its state. */
  settle: (() => void) | undefined;
  next: Entry<D>;
  previous: Entry<D>;
}

/** The queue of this realm for one record. It exists while it has entries or a pump. */
export class RealmQueue<D = number> implements Sleeper {
  readonly #source: Source<D>;
  /** Its `next` is the first entry, its `previous` the last. */
  readonly #ring: Entry<D>;
  readonly #given = new Set<Entry<D>>();
  #handedOver = 0;
  #pump: Settlement<void> | undefined;
  #pumping = false;
  /** What the pump waits for. */
  #serving: D | undefined;

  /** The queue for a source, made if there is none. */
  static of<D = number>(source: Source<D>): RealmQueue<D> {
    let queue = RealmQueue.find(source.key) as RealmQueue<D> | undefined;
    if (queue === undefined) {
      queue = new RealmQueue<D>(source);
      realm.queues.set(source.key, queue);
      realm.sleepers.add(queue);
    }
    return queue;
  }

  /** The queue of a record, if tasks of this realm wait for it. */
  static find(key: number | string): RealmQueue<unknown> | undefined {
    return realm.queues.get(key);
  }

  private constructor(source: Source<D>) {
    this.#source = source;
    const ring = {} as Entry<D>;
    this.#ring = ring.next = ring.previous = ring;
  }

  /** Waits for its turn; false if the time is up. */
  async wait(demand: D, options: Terms): Promise<boolean> {
    options.signal?.throwIfAborted();
    const entry = { demand, state: QUEUED } as Entry<D>;
    entry.limits = new Limits(options, () => this.#review(entry));
    keepAlive();
    try {
      insertBefore(this.#ring, entry);
      entry.limits.start();
      this.#review(entry);
      this.#feed();
      // The state counts, not the promise: what was given may be taken back.
      while (entry.state === QUEUED) {
        await new Promise<void>((resolve) => entry.settle = resolve);
        if (entry.state === QUEUED) this.#review(entry);
      }
      if (entry.state === GIVEN) {
        // In one step: a task that blocks in between would know of neither.
        this.#given.delete(entry);
        this.#source.delivered?.();
        return true;
      }
      if ("error" in entry) throw entry.error;
      if (entry.limits.verdict === STOP) throw entry.limits.reason;
      return false;
    } finally {
      entry.limits.end();
      letEnd();
      this.#vanish();
    }
  }

  /**
   * Hands over to the first task: what this realm has, if it `has` it, else what
   * it can take; false if it did not. Do threads sleep for it?
   */
  handOver(has: boolean, crowded: boolean = true): boolean {
    const first = this.#ring.next, most = crowded ? BATCH : LONG_BATCH;
    if (
      this.#empty || this.#handedOver >= most ||
      !has && !this.#source.take(first.demand, threadId(), true)
    ) {
      this.#handedOver = 0;
      return false;
    }
    this.#handedOver++;
    this.#give(first);
    this.#feed();
    return true;
  }

  tick(): void {
    for (let e = this.#ring.next; e !== this.#ring;) {
      const next = e.next;
      this.#review(e);
      e = next;
    }
  }

  beforeBlock(): void {
    const source = this.#source;
    if (source.give === undefined) return;
    // The last that was given stood last in the queue (I3).
    for (const entry of [...this.#given].reverse()) {
      this.#given.delete(entry);
      entry.state = QUEUED;
      insertBefore(this.#ring.next, entry);
      source.give(entry.demand, threadId());
    }
  }

  afterBlock(): void {
    this.#feed();
  }

  get #empty(): boolean {
    return this.#ring.next === this.#ring;
  }

  /** Ends an entry whose time is up, after one last attempt. */
  #review(entry: Entry<D>): void {
    if (entry.state !== QUEUED || entry.limits.verdict === OK) return;
    const source = this.#source, { demand } = entry;
    const taken = source.quit?.(demand) ??
      source.take(demand, threadId(), true);
    if (taken) {
      this.#give(entry);
    } else {
      this.#endEntry(entry);
    }
    this.#feed();
  }

  #endEntry(entry: Entry<D>): void {
    remove(entry);
    entry.state = ENDED;
    entry.settle?.();
  }

  #give(entry: Entry<D>): void {
    remove(entry);
    entry.state = GIVEN;
    this.#given.add(entry);
    entry.settle?.();
  }

  /** Sees to it that a pump waits for the first entry (I1). */
  #feed(): void {
    // It ends when it is woken (I4).
    if (this.#pumping && !this.#wanted()) this.#pump?.wake(OK);
    if (this.#pumping || this.#empty) return;
    this.#pumping = true;
    this.#serving = this.#ring.next.demand;
    // The entries end by themselves, and those that nothing ends need their pump.
    const terms = { patient: true };
    this.#pump = new Settlement(this.#serve(), terms, () => this.#wanted());
    this.#pump.promise.catch(() => {});
  }

  #wanted(): boolean {
    return !this.#empty && this.#ring.next.demand === this.#serving;
  }

  *#serve(): Body<void> {
    try {
      while (!this.#empty) {
        this.#serving = this.#ring.next.demand;
        const taken = yield* this.#source.wait(this.#serving, true);
        if (taken === STOPPED) return STOPPED;
        this.#give(this.#ring.next);
      }
    } catch (error) {
      while (!this.#empty) {
        const entry = this.#ring.next;
        entry.error = error;
        this.#endEntry(entry);
      }
    } finally {
      this.#pumping = false;
      this.#vanish();
    }
  }

  #vanish(): void {
    if (!this.#empty || this.#pumping || this.#given.size > 0) return;
    if (RealmQueue.find(this.#source.key) !== this) return;
    realm.queues.delete(this.#source.key);
    realm.sleepers.delete(this);
  }
}

/**
 * Awaits a grant of a fair source. Each task waits in a slot of its own, in the
 * order of all threads; what is granted and not yet delivered when the realm
 * blocks goes back, and the task waits again with its old ticket (I3).
 */
export async function awaitGrant(
  source: Source & { give(demand: number, thread: number): void },
  demand: number,
  options: Terms,
): Promise<boolean> {
  const left = countdown(options.timeout);
  const place = noPlace();
  let given = false;
  const undelivered: Sleeper = {
    tick() {},
    beforeBlock() {
      realm.sleepers.delete(undelivered);
      given = false;
      source.give(demand, threadId());
    },
  };
  function* body(): Body<boolean> {
    const result = yield* source.wait(demand, true, place);
    given = result === true;
    if (given) realm.sleepers.add(undelivered);
    return result;
  }
  for (;;) {
    const result = await settle(body(), { ...options, timeout: left() });
    realm.sleepers.delete(undelivered);
    if (given) source.delivered?.();
    if (!result || given) return result;
  }
}

function insertBefore<D>(place: Entry<D>, entry: Entry<D>): void {
  entry.next = place;
  entry.previous = place.previous;
  place.previous.next = place.previous = entry;
}

function remove<D>(entry: Entry<D>): void {
  entry.previous.next = entry.next;
  entry.next.previous = entry.previous;
}
