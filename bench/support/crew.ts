/**
 * A crew: workers that persist, and do one round after the other together.
 *
 * @module
 */

import { contenders } from "../contenders/mod.ts";
import type { Entry, Start } from "./crew_worker.ts";
import type { Observation } from "./family.ts";
import {
  BUSY,
  bytesFor,
  CHECKED,
  COUNT,
  ENTRY,
  FAILED,
  HALT,
  INSIDE,
  MET,
  MODE,
  MOST_WORKERS,
  OBSERVED,
  OUTSIDE,
  ownOf,
  READS,
  REMEMBERED,
  roomForTimes,
  roundOf,
  SPREAD,
  STOP,
  TIMED,
  TIMES,
  timesOf,
  WORKERS,
  WRONG,
} from "./layout.ts";

/** What each worker does in a round: so many sections or phases, with loops of work. */
export interface Load {
  workers: number;
  times: number;
  inside: number;
  outside: number;
  /** The percentage of sections that only read. */
  reads?: number;
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
  const names = Object.keys(contenders[primitive]);
  return sizes.flatMap((size) =>
    names.map((name) => entryOf(primitive, name, size))
  );
}

/** Makes one contender. */
export function entryOf(
  primitive: Entry["primitive"],
  name: string,
  size: number,
): Entry {
  const shared = contenders[primitive][name]!.make(size);
  return { primitive, name, size, shared };
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
    ...load,
    workers,
    times: Math.ceil(load.times * load.workers / workers),
    outside: workers < Math.min(load.workers, cores) ? 0 : load.outside,
  };
}

/** Workers, all of which have all entries open. */
export class Crew {
  readonly entries: readonly Entry[];
  readonly #size: number;
  readonly #control = words();
  readonly #tally = words();
  readonly #times: Float64Array<SharedArrayBuffer>;
  #broken = false;

  /** Starts so many workers, and returns when they are ready. */
  constructor(size: number, entries: readonly Entry[]) {
    this.#size = size;
    this.entries = entries;
    const times = this.#times = roomForTimes(size);
    Atomics.store(this.#control, BUSY, size);
    for (let me = 0; me < size; me++) {
      const worker = new Worker(new URL("./crew_worker.ts", import.meta.url), {
        type: "module",
        name: `crew-${me}`,
      });
      const control = this.#control, tally = this.#tally;
      worker.postMessage(
        { me, control, tally, times, entries } satisfies Start,
      );
    }
    this.#awaitWorkers();
  }

  /**
   * Does one round, and throws if what the entry guarantees did not hold. Returns how
   * many milliseconds it took; that of the slowest, where all began at the same time.
   */
  round(entry: Entry, load: Load): number {
    const start = performance.now(), floor = floored(entry, load);
    this.#round(entry, floor, TIMED);
    const elapsed = performance.now() - start;
    if (floor.workers > navigator.hardwareConcurrency) return elapsed;
    const times = Array.from(
      { length: floor.workers },
      (_, me) => timesOf(this.#times, me)[0]!,
    );
    return Math.max(...times);
  }

  /** Does one round that looks whether too many are inside, or one is early. */
  check(entry: Entry, workers: number): void {
    const load = { workers, times: CHECKED_TIMES, inside: 0, outside: 0 };
    this.#round(entry, floored(entry, load), CHECKED);
  }

  /** Times each acquisition of a guard, for so long, in milliseconds. */
  observe(
    entry: Entry,
    load: Omit<Load, "times">,
    window: number,
  ): Observation {
    this.#round(entry, { ...load, times: 0 }, OBSERVED, window);
    const tally = this.#tally, milliseconds: number[] = [];
    const shares: number[] = [];
    for (let me = 0; me < load.workers; me++) {
      const count = tally[ownOf(me)]!;
      const [longest, ...last] = timesOf(this.#times, me);
      // The last ones, and the longest if it is not among them.
      milliseconds.push(...last.slice(0, count));
      if (count > REMEMBERED) milliseconds.push(longest!);
      shares.push(count);
    }
    const latencies = Float64Array.from(milliseconds, (time) => time * 1e6);
    return { latencies, shares };
  }

  /** Ends the workers. */
  close(): void {
    this.#control[STOP] = 1;
    for (let me = 0; me < this.#size; me++) this.#start(me);
  }

  #round(entry: Entry, load: Load, mode: number, window?: number): void {
    if (this.#broken) throw new Error("An earlier round did not end well");
    this.#broken = true;
    const control = this.#control, tally = this.#tally;
    tally.fill(0);
    control[ENTRY] = this.entries.indexOf(entry);
    control[TIMES] = load.times;
    control[INSIDE] = load.inside;
    control[OUTSIDE] = load.outside;
    control[READS] = load.reads ?? 0;
    control[MODE] = mode;
    control[WORKERS] = load.workers;
    control[MET] = control[SPREAD] = 0;
    Atomics.store(control, HALT, 0);
    Atomics.store(control, BUSY, load.workers);
    for (let me = 0; me < load.workers; me++) this.#start(me);
    if (window !== undefined) {
      // Nobody is done before the window ends, so nobody notifies.
      Atomics.wait(control, BUSY, load.workers, window);
      Atomics.store(control, HALT, 1);
    }
    this.#awaitWorkers();
    this.#inspect(entry, load, mode);
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

  #inspect(
    { primitive, name, size, shared }: Entry,
    load: Load,
    mode: number,
  ): void {
    const what = `${primitive} of ${name}, size ${size}`;
    const tally = this.#tally;
    if (this.#control[FAILED] === 1) throw new Error(`${what} threw an error`);
    const wrong = tally[WRONG]!;
    if (wrong > 0) throw new Error(`${what} let in wrongly ${wrong} times`);
    const total = tally.reduce((sum, n) => sum + n, 0);
    // Of an observed round, who is alone inside counts for all; there is no number due.
    const observed = mode === OBSERVED, alone = tally[COUNT]!;
    const due = observed ? total - alone : load.workers * load.times;
    const done = observed ? alone : total;
    if ((!observed || size === 1) && done !== due) {
      throw new Error(`${what} counted ${done} of ${due}`);
    }
    const left = contenders[primitive][name]!.left?.(shared as never);
    if (left !== undefined && left !== size) {
      throw new Error(`${what} has ${left} permits left`);
    }
  }
}

function words(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(bytesFor(MOST_WORKERS)));
}
