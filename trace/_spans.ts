/**
 * From events to spans: who waited for which lock, and who held it, from when to when.
 *
 * Events of all threads are gone through in the order of their times. A release takes
 * permits from what its thread has held longest; if that holds none, from another
 * thread, which may be right (a Lock may be released by anybody). What has one holder
 * at a time and is held by the next one was given back before, seen or not.
 *
 * @module
 */

import { readLocks, type TracedLock } from "./_layout.ts";
import {
  HOLD,
  readRings,
  type Recording,
  RELEASE,
  RESUME,
  SUSPEND,
  type TraceEvent,
  WAIT,
} from "./_ring.ts";
import type { Words } from "../primitives/_record.ts";

/** What a thread does in a {@linkcode Span}. */
export type Activity = "wait" | "hold" | "condition wait";

/** A time in which a thread waited for a lock, or held it. */
export interface Span {
  /** The id of the thread, as `Thread.id` has it. */
  readonly thread: number;
  /** The name of the thread. */
  readonly threadName: string;
  /** The name of the lock; one that has none is called by its kind. */
  readonly lock: string;
  /** What it did: a condition wait lasts until it has the lock again. */
  readonly what: Activity;
  /** When it began, in milliseconds since the Tracer was made. */
  readonly begin: number;
  /** When it ended; if it has not, when the trace was read. */
  readonly end: number;
  /** Whether it had not ended when the trace was read. */
  readonly isOpen: boolean;
}

/** To get what is free may take so long, in milliseconds, in code that runs for the first time. */
const FREE = 0.02;

/** A span that may still be going on. */
interface Draft {
  readonly from: Recording;
  readonly lock: TracedLock;
  readonly what: Activity;
  readonly begin: number;
  end: number | undefined;
  /** Of a wait: whether it was seen that the lock was not free. */
  readonly sure: boolean;
  /** The permits that are held; of a condition wait, those that were and will be. */
  permits: number;
}

/** What is known of one lock while the events are gone through. */
interface LockStory {
  readonly lock: TracedLock;
  /** Holds that have not ended, the oldest first. */
  readonly open: Draft[];
  /** The hold of a thread whose end was not seen when the next one held the lock. */
  readonly unseen: Map<Recording, Draft>;
  /** The threads that have held it so far, and all that will have. */
  readonly held: Set<Recording>;
  readonly holders: Set<Recording>;
}

/** A trace as it is read at one time. */
export interface Snapshot {
  /** The spans, by their begin. */
  readonly spans: readonly Span[];
  /** The threads, in the order in which they began to record. */
  readonly threads: readonly Recording[];
}

/** Reads what has been recorded until now. */
export function readSnapshot(trace: Words, now: number): Snapshot {
  const threads = readRings(trace), drafts = new Story(trace, threads).drafts;
  const end = drafts.reduce(
    (last, draft) => Math.max(last, draft.end ?? draft.begin),
    now,
  );
  const spans = drafts
    .filter(({ what, sure, begin, end = Infinity }) =>
      what !== "wait" || sure || end - begin >= FREE
    )
    .map(({ from, lock, what, begin, end: ended }) => ({
      thread: from.thread,
      threadName: from.name,
      lock: lock.name,
      what,
      begin,
      end: ended ?? end,
      isOpen: ended === undefined,
    }));
  return { threads, spans: spans.sort((a, b) => a.begin - b.begin) };
}

/** Goes through the events. */
class Story {
  readonly drafts: Draft[] = [];
  readonly #locks = new Map<TracedLock, LockStory>();
  /** The waits that have not ended, by thread and number. */
  readonly #waits = new Map<Recording, Map<number, Draft>>();

  constructor(trace: Words, threads: readonly Recording[]) {
    const locks = readLocks(trace);
    const all = threads.flatMap((from) =>
      from.events.flatMap((event) => {
        const lock = locks[event.lock];
        if (lock === undefined) return [];
        const story = this.#storyOf(lock);
        if (event.code === HOLD) story.holders.add(from);
        return [{ from, event, story }];
      })
    );
    all.sort((a, b) => a.event.time - b.event.time);
    for (const { from, event, story } of all) this.#tell(from, event, story);
  }

  #storyOf(lock: TracedLock): LockStory {
    const known = this.#locks.get(lock);
    if (known !== undefined) return known;
    const story = {
      lock,
      open: [],
      unseen: new Map(),
      held: new Set<Recording>(),
      holders: new Set<Recording>(),
    };
    this.#locks.set(lock, story);
    return story;
  }

  #tell(from: Recording, event: TraceEvent, story: LockStory): void {
    const { time, code, value, number } = event;
    if (code === HOLD) return this.#hold(from, story, time, value);
    if (code === RELEASE) return release(from, story, time, value);
    const waits = this.#waits.get(from) ?? new Map<number, Draft>();
    this.#waits.set(from, waits);
    if (code === WAIT || code === SUSPEND) {
      const what = code === WAIT ? "wait" : "condition wait";
      const draft = this.#begin(from, story, what, time, 0, value === 1);
      waits.set(number, draft);
      const hold = code === SUSPEND && story.open.find((h) => h.from === from);
      if (hold) {
        draft.permits = hold.permits;
        close(story, hold, time);
      }
      return;
    }
    const wait = waits.get(value);
    waits.delete(value);
    if (wait !== undefined) wait.end = time;
    const permits = wait?.permits || (code === RESUME ? 1 : 0);
    if (permits > 0) this.#hold(from, story, time, permits);
  }

  #hold(
    from: Recording,
    story: LockStory,
    time: number,
    permits: number,
  ): void {
    if (story.lock.exclusive) {
      for (const hold of [...story.open]) {
        close(story, hold, time);
        story.unseen.set(hold.from, hold);
      }
    }
    story.held.add(from);
    story.open.push(this.#begin(from, story, "hold", time, permits));
  }

  #begin(
    from: Recording,
    { lock }: LockStory,
    what: Activity,
    begin: number,
    permits: number,
    sure = true,
  ): Draft {
    const draft = { from, lock, what, begin, end: undefined, permits, sure };
    this.drafts.push(draft);
    return draft;
  }
}

/** A release of so many permits. */
function release(
  from: Recording,
  story: LockStory,
  time: number,
  permits: number,
): void {
  const unseen = story.unseen.get(from);
  story.unseen.delete(from);
  const own = story.open.filter((hold) => hold.from === from);
  if (own.length === 0) {
    // The clocks of two threads may differ by more than a handover takes.
    if (unseen !== undefined) {
      unseen.end = time;
      return;
    }
    // What it gives back here it got before it was traced, or that event was dropped.
    if (story.holders.has(from) && !story.held.has(from)) return;
  }
  for (const hold of own.length > 0 ? own : [...story.open]) {
    const taken = Math.min(hold.permits, permits);
    hold.permits -= taken;
    permits -= taken;
    if (hold.permits === 0) close(story, hold, time);
    if (permits === 0) return;
  }
}

function close(story: LockStory, hold: Draft, time: number): void {
  hold.end = time;
  story.open.splice(story.open.indexOf(hold), 1);
}
