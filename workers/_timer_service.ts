/**
 * The service that runs the timers of a thread: a thread of its own, so that a
 * timer is on time while the one that made it blocks.
 *
 * It comes with the first timer and ends with the last one. What it is told comes by
 * a port: a timer to run, or the id of one that was cancelled. It loads the task at once, and
 * runs it when it is due: in the order of the deadlines, each in a turn of the event
 * loop of its own.
 *
 * *Words* · PENDING, an AtomicInt32: the timers that were posted and are not over, or
 * CLOSED · of each timer the control memory of `_protocol.ts`, where STATUS is:
 *
 * *States* of STATUS
 *
 * | STATUS | means | → by |
 * | --- | --- | --- |
 * | WAITING | it is not due, or not loaded | FIRED, LOST, the service; CANCELLED, LOST, who made it |
 * | FIRED | its function runs, or has run | |
 * | CANCELLED | its function will never run | |
 * | LOST | so too: its task was not found, or its service died | |
 *
 * *Invariants* · I1: WAITING is left by one compareExchange, so a function runs at
 * most once, and never after a cancel that said true. I2: a timer is posted only by
 * who has counted it in PENDING, and that fails once it is CLOSED: from 0, by the
 * service. I3: no function runs before its deadline on the clock of who made it.
 *
 * *Progress* · A cancel is one step of who cancels; the service hears of it later,
 * and forgets the timer. The first timer in the queue has the only timeout.
 *
 * *Source* · java.util.Timer, whose one thread runs all tasks too.
 *
 * @module
 */

import type { AtomicInt32 } from "../primitives/atomic_int32.ts";
import { Latch } from "../primitives/latch.ts";
import { realm } from "../primitives/_realm.ts";
import { INT32_MAX } from "../primitives/_validate.ts";
import { packError } from "./_codec.ts";
import { type Order, outcomeOf, prepare, report } from "./_errand.ts";
import { type Control, openControl, type Outcome } from "./_protocol.ts";
import { importModule } from "./_runtime.ts";
import { type Task, task } from "./task.ts";

/** STATUS of a timer. */
export const WAITING = 0, FIRED = 1, CANCELLED = 2, LOST = 3;

/** PENDING, when no timer is taken any more. */
export const CLOSED = -1;

/** How long the service stays when it has nothing to do, in milliseconds: the next timer may be near. */
const LINGER = 5;

/** A timer that is posted. */
export interface Posted extends Order {
  /** A number that its thread gives to no other timer. */
  readonly id: number;
  /** The deadline, on the clock of its thread. */
  readonly due: number;
  readonly control: SharedArrayBuffer;
}

/** What the service is told: a timer, or the id of one that was cancelled. */
export type Message = Posted | number;

/** One instant, as the thread that starts the service sees it. */
export interface Instant {
  readonly now: number;
  readonly wall: number;
}

/** Counts a timer that is to be posted; false if the service is closed. */
export function enter(pending: AtomicInt32): boolean {
  return pending.update((n) => n === CLOSED ? n : n + 1) !== CLOSED;
}

interface Entry extends Order {
  /** Its place among those with the same deadline. */
  readonly number: number;
  /** The deadline, on the clock of this thread. */
  readonly due: number;
  readonly control: Control;
  readonly drop: () => void;
  call?: () => unknown;
}

/** The timers of a service, seen from within. */
export class Schedule {
  readonly #pending: AtomicInt32;
  readonly #over: () => void;
  /** What is loaded, by deadline, and then in the order of the calls of `start`. */
  readonly #queue: Entry[] = [];
  readonly #turn: MessagePort;
  #taken = 0;
  #turning = false;
  #closed = false;
  #timeout: ReturnType<typeof setTimeout> | undefined;
  #loading = 0;
  #running = 0;

  /** `over` is called when the service is closed. */
  constructor(pending: AtomicInt32, over: () => void) {
    this.#pending = pending;
    this.#over = over;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = this.#onTurn;
    this.#turn = port2;
  }

  /** Counts a timer of this very thread; false if the service is closed. */
  enter(): boolean {
    return enter(this.#pending);
  }

  /** Its thread ends: what is pending is for who posted it to look after. */
  close(): void {
    this.#closed = true;
  }

  /** Takes messages from a thread whose clock this one's is ahead of by so much. */
  listen(port: MessagePort, ahead: number): void {
    const entries = new Map<number, Entry>();
    port.onmessage = ({ data }: MessageEvent<Message>) => {
      if (typeof data === "number") return this.#forget(entries.get(data));
      const { id, task, port, due, control } = data;
      const entry: Entry = {
        number: ++this.#taken,
        task,
        port,
        due: due + ahead,
        control: openControl(control),
        drop: () => entries.delete(id),
      };
      entries.set(id, entry);
      this.#take(entry);
    };
  }

  async #take(entry: Entry): Promise<void> {
    const { control } = entry;
    try {
      entry.call = await prepare(entry, (url) => this.#load(url));
    } catch (error) {
      // In a thread that ends, modules do not load, for no reason of theirs.
      if (this.#closed) return;
      if (control.status.compareExchange(WAITING, LOST) !== WAITING) {
        return this.#drop(entry);
      }
      return this.#end(entry, { type: "start", error: packError(error) });
    }
    // Whoever cancelled it meanwhile found it in no queue.
    if (control.status.load() !== WAITING) return this.#drop(entry);
    this.#queue.splice(this.#placeOf(entry), 0, entry);
    this.#arm();
  }

  #forget(entry: Entry | undefined): void {
    if (entry === undefined) return;
    const place = this.#placeOf(entry);
    if (this.#queue[place] !== entry) return;
    this.#queue.splice(place, 1);
    this.#drop(entry);
    this.#arm();
  }

  /** Where it is in the queue, or belongs. */
  #placeOf({ due, number }: Entry): number {
    let low = 0, high = this.#queue.length;
    while (low < high) {
      const middle = (low + high) >> 1, other = this.#queue[middle]!;
      const before = other.due < due ||
        (other.due === due && other.number < number);
      if (before) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #arm(): void {
    clearTimeout(this.#timeout);
    const [first] = this.#queue;
    if (first === undefined || this.#turning) return;
    const left = first.due - performance.now();
    if (left > 0) {
      const delay = Math.min(Math.ceil(left), INT32_MAX);
      this.#timeout = setTimeout(this.#onTurn, delay);
      return;
    }
    // A timeout of 0 takes milliseconds; a message is a turn of the event loop too.
    this.#turning = true;
    this.#turn.postMessage(undefined);
  }

  readonly #onTurn = () => {
    this.#turning = false;
    const [first] = this.#queue;
    // Timeouts may be early, and long delays come in parts.
    if (first !== undefined && first.due <= performance.now()) {
      this.#queue.shift();
      this.#run(first);
    }
    this.#arm();
  };

  async #run(entry: Entry): Promise<void> {
    const { status } = entry.control;
    if (status.compareExchange(WAITING, FIRED) !== WAITING) {
      return this.#drop(entry);
    }
    this.#running++;
    this.#guard();
    const outcome = await outcomeOf(entry.call!);
    this.#running--;
    this.#guard();
    this.#end(entry, outcome);
  }

  #end(entry: Entry, outcome: Outcome): void {
    report(entry, outcome);
    entry.control.ended.countDown();
    this.#drop(entry);
  }

  #drop(entry: Entry): void {
    entry.drop();
    entry.port.close();
    if (this.#pending.sub(1) === 1) setTimeout(this.#leave, LINGER);
  }

  readonly #leave = () => {
    if (this.#pending.compareExchange(0, CLOSED) === 0) this.#over();
  };

  async #load(url: string): Promise<void> {
    this.#loading++;
    this.#guard();
    try {
      await importModule(url);
    } finally {
      this.#loading--;
      this.#guard();
    }
  }

  /** What a module may not do while it is loaded, the function of another timer may. */
  #guard(): void {
    realm.loading = this.#loading > 0 && this.#running === 0;
  }
}

/** The schedule of this thread, if it is a service. */
export let ownSchedule: Schedule | undefined;

/** Runs timers until none is left. */
export const serveTimers: Task<
  (port: MessagePort, pending: AtomicInt32, then: Instant) => Promise<void>
> = task(
  import.meta,
  async function serveTimers(port, pending, { now, wall }) {
    // The wall clock counts whole milliseconds: too little is late, too much early.
    const passed = Math.max(0, Date.now() - wall - 1);
    const ahead = performance.now() - now - passed;
    const over = new Latch(1);
    ownSchedule = new Schedule(pending, () => over.countDown());
    ownSchedule.listen(port, ahead);
    try {
      await over.waitAsync();
    } finally {
      ownSchedule.close();
    }
  },
  "@interlock/threading timers",
);
