/**
 * Families whose cases are rounds of a crew: threads that share one primitive.
 *
 * @module
 */

import { contenders } from "../contenders/mod.ts";
import { loopsFor } from "./busy.ts";
import { Crew, entryOf, type Load } from "./crew.ts";
import type { Entry } from "./crew_worker.ts";
import type {
  Case,
  Family,
  Grid,
  Observation,
  Round,
  Session,
} from "./family.ts";
import { Native, type NativeLoad, type NativePrimitive } from "./native.ts";

/** One point of the grid of such a family. */
export interface Point extends Omit<Case, "contenders"> {
  /** What is measured; it is also what a native contender is of. */
  readonly primitive: Entry["primitive"];
  /** Permits or parties; 1 if left out. */
  readonly size?: number;
  readonly workers: number;
  /** Work in a section or a phase, and outside, in nanoseconds. */
  readonly inside: number;
  readonly outside: number;
  /** The percentage of sections that only read. */
  readonly reads?: number;
  /** Contenders that are not measured here. */
  readonly without?: readonly string[];
  /** Whether acquisitions can be timed one by one. */
  readonly observed?: boolean;
}

/** What such a family is. */
export interface Plan extends Omit<Family, "open"> {
  points(grid: Grid): Point[];
}

/** A family from its grid. */
export function crewFamily({ points, ...rest }: Plan): Family {
  return {
    ...rest,
    async open(grid) {
      const native = await Native.open();
      return new CrewSession(points(grid), native);
    },
  };
}

/** So much work takes so many loops, measured once for a process. */
const loops = new Map<number, number>();

function loopsOf(nanoseconds: number): number {
  if (nanoseconds === 0) return 0;
  let count = loops.get(nanoseconds);
  if (count === undefined) {
    count = loopsFor(nanoseconds / 1000);
    loops.set(nanoseconds, count);
  }
  return count;
}

interface PointCase extends Case {
  readonly point: Point;
  readonly entries: ReadonlyMap<string, Entry>;
}

class CrewSession implements Session {
  readonly cases: readonly PointCase[];
  readonly processes: readonly number[];
  readonly #crew: Crew;
  readonly #native: Native | undefined;
  readonly #checked = new Set<string>();

  constructor(points: readonly Point[], native: Native | undefined) {
    this.#native = native;
    this.processes = native === undefined ? [] : [native.pid];
    // Points of one size share what they are about.
    const entries = new Map<string, Entry>();
    this.cases = points.map((point): PointCase => {
      const { primitive, size = 1, without = [] } = point;
      const mine = new Map<string, Entry>();
      for (const name of Object.keys(contenders[primitive])) {
        if (without.includes(name)) continue;
        const key = `${primitive} ${size} ${name}`;
        const entry = entries.get(key) ?? entryOf(primitive, name, size);
        entries.set(key, entry);
        mine.set(name, entry);
      }
      const natives = native?.contenders(primitive as NativePrimitive) ?? [];
      const names = [...mine.keys(), ...natives];
      return { ...point, point, entries: mine, contenders: names };
    });
    const workers = points.map((point) => point.workers);
    this.#crew = new Crew(Math.max(...workers), [...entries.values()]);
  }

  async round(item: Case, contender: string, times: number): Promise<Round> {
    const { point, entries } = item as PointCase;
    const { primitive, workers } = point;
    // Phases and turns are those of all; sections are each one's own.
    const operations = primitive === "barrier" ? times : times * workers;
    const entry = entries.get(contender);
    const elapsed = entry === undefined
      ? await this.#native!.round(
        primitive as NativePrimitive,
        contender,
        { ...nativeLoad(point), times },
      )
      : this.#timed(entry, { ...loadOf(point), times });
    return { elapsed, value: elapsed * 1e6 / operations };
  }

  async observe(
    item: Case,
    contender: string,
    milliseconds: number,
  ): Promise<Observation | undefined> {
    const { point, entries } = item as PointCase;
    if (!point.observed || contender === "floor") return undefined;
    const entry = entries.get(contender);
    return entry === undefined
      ? await this.#native!.observe(
        point.primitive as NativePrimitive,
        contender,
        nativeLoad(point),
        milliseconds,
      )
      : this.#crew.observe(entry, loadOf(point), milliseconds);
  }

  async close(): Promise<void> {
    this.#crew.close();
    await this.#native?.close();
  }

  #timed(entry: Entry, load: Load): number {
    // Once for each number of workers: is it a lock at all?
    const key =
      `${entry.primitive} ${entry.size} ${entry.name} ${load.workers}`;
    if (!this.#checked.has(key)) {
      this.#checked.add(key);
      this.#crew.check(entry, load.workers);
    }
    return this.#crew.round(entry, load);
  }
}

function loadOf(point: Point): Omit<Load, "times"> {
  const { workers, inside, outside, reads = 0 } = point;
  return { workers, inside: loopsOf(inside), outside: loopsOf(outside), reads };
}

function nativeLoad(point: Point): Omit<NativeLoad, "times"> {
  const { workers, inside, outside, size = 1, reads = 0 } = point;
  return { workers, inside, outside, permits: size, reads };
}
