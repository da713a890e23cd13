/**
 * Tracer: shows who waits for a lock, who holds it, and how long.
 *
 * Its memory is that of `_layout.ts` and `_ring.ts`; `_probe.ts` records, `_spans.ts`
 * reads.
 *
 * *Source* · the contention views of Go's execution tracer and of perf-lock (Linux).
 *
 * @module
 */

import { openWith } from "../primitives/attach.ts";
import {
  attachedWords,
  attachment,
  type Handle,
  type Memory,
  SharedObject,
  type Words,
} from "../primitives/_record.ts";
import { optionBag, show } from "../primitives/_validate.ts";
import { clockShift, createTrace, openTrace, sizeOf } from "./_layout.ts";
import { toPerfetto } from "./_perfetto.ts";
import { readRings } from "./_ring.ts";
import { readSnapshot, type Snapshot, type Span } from "./_spans.ts";
import { type LockSummary, summarise } from "./_summary.ts";
import { type TimelineOptions, toSVG } from "./_svg.ts";
import { type Traceable, tracedView } from "./_views.ts";

export type { Activity, Span } from "./_spans.ts";
export type { LockSummary, ThreadUsage, Usage } from "./_summary.ts";
export type { TimelineOptions } from "./_svg.ts";
export type { Traceable } from "./_views.ts";

/** What a {@linkcode Tracer} can be made with. */
export interface TracerOptions {
  /** How many threads can record, from 1 to 1024; 16 if left out. A thread that ends keeps its place. */
  threads?: number;
  /** How many events of each thread are kept, the last ones; 16384 if left out. A hold takes two, a wait two more. */
  events?: number;
  /** How many locks can be traced, from 1 to 65536; 64 if left out. An RWLock counts as three. */
  locks?: number;
  /** Where to make it; in memory of its own if left out. */
  memory?: Memory;
}

/** What a lock can be traced with. */
export interface TraceOptions {
  /** What the trace calls it, up to 48 bytes of UTF-8; its own name, or else its kind, if left out. */
  name?: string;
}

/**
 * Records, in shared memory, when threads wait for locks and hold them, and shows it:
 * as a timeline, in the viewer of Perfetto, or in numbers.
 *
 * Make it once and pass it to the threads, like a lock. Each thread that is to be seen
 * uses, instead of a lock, what `trace(lock)` returns; who uses the lock itself runs the
 * code that it always runs, and is not seen. What is traced pays for two looks at the
 * clock, or three where it waits. No event takes memory; a thread that has recorded as
 * many as are kept drops its oldest.
 *
 * Times of different threads are comparable as far as `performance.timeOrigin` is: in
 * Deno within a microsecond, as long as nobody sets the clock of the machine between
 * the starts of the threads.
 *
 * @example Usage
 * ```ts
 * import { Lock } from "@interlock/threading";
 * import { Tracer } from "@interlock/threading/trace";
 *
 * const lock = new Lock({ name: "seats" });
 * const tracer = new Tracer();
 * const traced = tracer.trace(lock); // in each thread that is to be seen
 * traced.run(() => {});
 * console.log(tracer.summary()[0]?.acquisitions); // 1
 * const svg = tracer.toSVG();
 * ```
 */
export class Tracer extends SharedObject<"Tracer"> {
  readonly #words: Words;

  /** The bytes that a tracer made with these options takes in shared memory. */
  static byteLengthFor(options?: TracerOptions): number {
    return sizeOf("measure Tracer", options).bytes;
  }

  /** Makes a tracer that has recorded nothing. */
  constructor(options?: TracerOptions) {
    const words = attachedWords(options) ?? createTrace(options);
    super("Tracer", words);
    this.#words = words;
  }

  /** Opens the tracer that a handle, or another view, names. */
  static from(handle: Handle<"Tracer">): Tracer {
    return new Tracer(attachment(openTrace(handle)));
  }

  /**
   * A view of the lock that records what this thread does by it: use it instead of the
   * lock, which stays as it is. Does not block. The first time in a thread it takes a
   * place among `threads`. Passed to another thread, it arrives as the lock itself.
   *
   * A hold lasts from the first `acquire` of an RLock to its last `release`. A hold of a
   * semaphore lasts until all permits of that `acquire` are back: a release gives back
   * what its thread took first or, if it has none, what another thread took first. Of
   * an RWLock all sides are traced; of a Condition its waits, and its lock by the `lock`
   * of the view. An awaited wait lasts until its task goes on.
   *
   * @throws {RangeError} if there is no room for another thread, or for another lock.
   */
  trace<L extends Traceable>(lock: L, options?: TraceOptions): L {
    const { name } = optionBag("trace", options);
    string("trace", "name", name);
    return tracedView(this.#words, lock, name ?? "") as L;
  }

  /** How many events were dropped, as their threads recorded more than are kept; a snapshot. */
  get dropped(): number {
    return readRings(this.#words)
      .reduce((sum, { dropped }) => sum + dropped, 0);
  }

  /**
   * What was recorded until now, by any thread, in the order in which it began. Does not
   * block, and threads may record meanwhile. What has not ended is there too; so is what
   * a thread that died did last.
   */
  spans(): readonly Span[] {
    return this.#read().spans;
  }

  /** What was recorded until now, in numbers for each lock. Does not block. */
  summary(): LockSummary[] {
    return summarise(this.#read());
  }

  /**
   * What was recorded until now as JSON in the Trace Event Format, to be opened in
   * https://ui.perfetto.dev or chrome://tracing. Does not block.
   */
  toPerfetto(): string {
    return toPerfetto(this.#read());
  }

  /** What was recorded until now as a timeline: the text of an SVG image. Does not block. */
  toSVG(options?: TimelineOptions): string {
    const action = "draw Tracer", bag = optionBag(action, options);
    string(action, "title", bag.title);
    for (const name of ["from", "to"] as const) {
      if (bag[name] === undefined || Number.isFinite(bag[name])) continue;
      throw new TypeError(
        `Cannot ${action}: '${name}' must be a finite number of milliseconds, received ${
          show(bag[name])
        }`,
      );
    }
    return toSVG(this.#read(), bag);
  }

  /** How many threads have recorded; a snapshot. */
  override toString(): string {
    return `Tracer(threads: ${readRings(this.#words).length})`;
  }

  #read(): Snapshot {
    const now = performance.now() + clockShift(this.#words);
    return readSnapshot(this.#words, now);
  }
}

/** Refuses what is neither a string nor left out. */
function string(action: string, name: string, value: unknown): void {
  if (value === undefined || typeof value === "string") return;
  throw new TypeError(
    `Cannot ${action}: '${name}' must be a string, received ${show(value)}`,
  );
}

openWith("Tracer", (handle) => Tracer.from(handle));
