/**
 * A crew: workers that persist, and do one round after the other together.
 *
 * @module
 */

import { contenders } from "./contenders.ts";
import type { Entry, Start } from "./crew_worker.ts";
import {
  BUSY,
  bytesFor,
  CHECKED,
  ENTRY,
  FAILED,
  INSIDE,
  MOST_WORKERS,
  OUTSIDE,
  roundOf,
  STOP,
  TIMES,
  WRONG,
} from "./layout.ts";

/** What each worker does in a round: so many sections or phases, with loops of work. */
export interface Load {
  workers: number;
  times: number;
  inside: number;
  outside: number;
}

/** In milliseconds; longer than any round takes: somebody sleeps for ever. */
const PATIENCE = 60_000;

/** The sections or phases of each worker in a checked round. */
const CHECKED_TIMES = 10;

/** Makes one of each contender of a primitive, for each size. */
export function entriesOf(
  primitive: Entry["primitive"],
  ...sizes: number[]
): Entry[] {
  return sizes.flatMap((size) =>
    Object.entries(contenders[primitive]).map(([name, contender]) => ({
      primitive,
      name,
      size,
      shared: contender.make(size),
    }))
  );
}

/**
 * The floor of a guard takes as few workers as can be inside at a time, which do
 * the sections of all. The others' work outside hides behind that, if cores are left.
 */
function floored(entry: Entry, load: Load): Load {
  if (entry.name !== "floor" || entry.primitive === "barrier") return load;
  const cores = navigator.hardwareConcurrency;
  const workers = Math.min(load.workers, entry.size, cores);
  return {
    workers,
    times: Math.ceil(load.times * load.workers / workers),
    inside: load.inside,
    outside: workers < Math.min(load.workers, cores) ? 0 : load.outside,
  };
}

/** Workers, all of which have all entries open. */
export class Crew {
  readonly entries: readonly Entry[];
  readonly #size: number;
  readonly #control = words();
  readonly #tally = words();
  #broken = false;

  /** Starts so many workers, and returns when they are ready. */
  constructor(size: number, entries: readonly Entry[]) {
    this.#size = size;
    this.entries = entries;
    Atomics.store(this.#control, BUSY, size);
    for (let me = 0; me < size; me++) {
      const worker = new Worker(new URL("./crew_worker.ts", import.meta.url), {
        type: "module",
        name: `crew-${me}`,
      });
      const control = this.#control, tally = this.#tally;
      worker.postMessage({ me, control, tally, entries } satisfies Start);
    }
    this.#awaitWorkers();
  }

  /** Does one round, and throws if what the entry guarantees did not hold. */
  round(entry: Entry, load: Load): void {
    this.#round(entry, floored(entry, load), false);
  }

  /** Does one round that looks whether too many are inside, or one is early. */
  check(entry: Entry, workers: number): void {
    const load = { workers, times: CHECKED_TIMES, inside: 0, outside: 0 };
    this.#round(entry, floored(entry, load), true);
  }

  /** Ends the workers. */
  close(): void {
    this.#control[STOP] = 1;
    for (let me = 0; me < this.#size; me++) this.#start(me);
  }

  #round(entry: Entry, load: Load, checked: boolean): void {
    if (this.#broken) throw new Error("An earlier round did not end well");
    this.#broken = true;
    const control = this.#control, tally = this.#tally;
    tally.fill(0);
    control[ENTRY] = this.entries.indexOf(entry);
    control[TIMES] = load.times;
    control[INSIDE] = load.inside;
    control[OUTSIDE] = load.outside;
    control[CHECKED] = checked ? 1 : 0;
    Atomics.store(control, BUSY, load.workers);
    for (let me = 0; me < load.workers; me++) this.#start(me);
    this.#awaitWorkers();
    this.#inspect(entry, load);
    this.#broken = false;
  }

  #start(me: number): void {
    Atomics.add(this.#control, roundOf(me), 1);
    Atomics.notify(this.#control, roundOf(me));
  }

  #awaitWorkers(): void {
    for (;;) {
      const busy = Atomics.load(this.#control, BUSY);
      if (busy === 0) return;
      if (Atomics.wait(this.#control, BUSY, busy, PATIENCE) === "timed-out") {
        throw new Error(`${busy} workers did not end their round`);
      }
    }
  }

  #inspect({ primitive, name, size, shared }: Entry, load: Load): void {
    const what = `${primitive} of ${name}, size ${size}`;
    const tally = this.#tally;
    if (this.#control[FAILED] === 1) throw new Error(`${what} threw an error`);
    const wrong = tally[WRONG]!;
    if (wrong > 0) throw new Error(`${what} let in wrongly ${wrong} times`);
    const done = tally.reduce((sum, n) => sum + n, 0);
    const due = load.workers * load.times;
    if (done !== due) throw new Error(`${what} counted ${done} of ${due}`);
    const left = contenders[primitive][name]!.left?.(shared as never);
    if (left !== undefined && left !== size) {
      throw new Error(`${what} has ${left} permits left`);
    }
  }
}

function words(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(bytesFor(MOST_WORKERS)));
}
