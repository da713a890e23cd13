/**
 * What a family of benchmarks is: a grid of cases, each measured for several contenders.
 *
 * `deno bench`, the report and the promises all run the same families.
 *
 * @module
 */

/** How much of its grid a family measures. */
export type Grid = "full" | "quick";

/** One point of a grid. */
export interface Case {
  /** Its name within the family, which never changes: `tiny/4`. */
  readonly id: string;
  /** The chart that it belongs to: what is the same along the axis. */
  readonly group: string;
  /** Its place on the axis: a number, or the name of an operation. */
  readonly x: number | string;
  /** Who is measured, in the order of a legend; the baseline of `deno bench` comes first. */
  readonly contenders: readonly string[];
  /** How many operations a round of `deno bench` has, of each worker where there are several. */
  readonly times: number;
  /** The most that a round may have, if long ones make no sense; 1 if a round is always the same. */
  readonly most?: number;
  /** How many times as long a round is as others in a report; 1 if left out. */
  readonly longer?: number;
  /** How many turns are for the compilers, and for threads to find their cores; 1 if left out. */
  readonly warmUp?: number;
}

/** What a round has shown. */
export interface Round {
  /** How long it took, in milliseconds. */
  readonly elapsed: number;
  /** In the unit of the family. */
  readonly value: number;
}

/** What a round has shown in which every acquisition was timed. */
export interface Observation {
  /** Nanoseconds that acquisitions took, in any order; the longest is among them. */
  readonly latencies: Float64Array;
  /** How many acquisitions each worker had. */
  readonly shares: readonly number[];
}

/** A family whose workers have started. They persist from round to round. */
export interface Session {
  readonly cases: readonly Case[];
  /** Does so many operations, checks that nothing was lost, and says how long it took. */
  round(
    item: Case,
    contender: string,
    times: number,
  ): Round | Promise<Round>;
  /** Times each acquisition for so many milliseconds. */
  observe?(
    item: Case,
    contender: string,
    milliseconds: number,
  ): Promise<Observation | undefined>;
  /** Ids of processes of its own, whose use of the processors is not that of others. */
  readonly processes?: readonly number[];
  /** Ends the workers. */
  close(): void | Promise<void>;
}

/** Some cases that share their workers, their unit and their axis. */
export interface Family {
  /** Its name, which never changes: `lock`. */
  readonly name: string;
  /** Its title on a page. */
  readonly title: string;
  /** What an operation is, what the floor is, and what the numbers cannot show. */
  readonly about: string;
  /** What a value is: `ns per section`. Less is better, or it says so. */
  readonly unit: string;
  /** What the axis is: `workers`. */
  readonly axis: string;
  /** Starts the workers. */
  open(grid: Grid): Session | Promise<Session>;
}

/** What a contender is to ours; native ones come from a compiler. */
export type Role = "ours" | "floor" | "naive" | "native" | "peer";

/** Names of contenders tell their roles: `ours, fair`, `floor`, `pthread (native)`, `piscina`. */
export function roleOf(contender: string): Role {
  if (contender === "floor" || contender.startsWith("floor, ")) return "floor";
  if (contender === "naive" || contender.startsWith("naive, ")) return "naive";
  if (contender.endsWith("(native)")) return "native";
  return contender === "ours" || contender.startsWith("ours, ")
    ? "ours"
    : "peer";
}
