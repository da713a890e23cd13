/**
 * What a report is: the one JSON that the page, the README's table, the promises and
 * `deno task compare` are made from.
 *
 * A grid is measured in several *passes*, each with workers of its own: what differs
 * from start to start (which cores threads share, when loops are compiled) is noise as
 * much as what differs from round to round. In a pass all contenders of a case take
 * *turns*, round by round, so that a disturbance hits all of them.
 *
 * @module
 */

/** One run of `deno task report`. */
export interface Report {
  readonly format: 1;
  /** When it began, in UTC, as ISO 8601. */
  readonly date: string;
  /** The commit that was measured, with `-dirty` behind it if files had changed. */
  readonly commit: string;
  readonly machine: Machine;
  /** Of Deno, V8, this package, each peer, and the compiler of native code if there is one. */
  readonly versions: Readonly<Record<string, string>>;
  readonly settings: Settings;
  /** What the noise gate saw. */
  readonly gate: Gate;
  readonly families: readonly FamilyReport[];
}

/** Where it was measured. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  /** Bytes of memory. */
  readonly memory: number;
  readonly os: string;
  readonly arch: string;
}

/** How it was measured. */
export interface Settings {
  readonly grid: "full" | "quick";
  readonly passes: number;
  /** The turns of a pass, and about how many milliseconds a round has. */
  readonly turns: number;
  readonly milliseconds: number;
  /** How many milliseconds acquisitions are timed for, one by one, in a pass. */
  readonly window: number;
  /** The most that other processes may use while the turns of a case last, in cores. */
  readonly quiet: number;
}

/** What the noise gate saw. */
export interface Gate {
  /** Whether the use of the processors by others could be read at all. */
  readonly works: boolean;
  /** How many visits there were: the turns of one case in one pass. */
  readonly visits: number;
  /** Visits that were made again, and visits that stayed noisy to the last attempt. */
  readonly repeated: number;
  readonly noisy: number;
  /** Cores that others used in the visits that count, on average. */
  readonly others: number;
}

/** What was seen of a family. */
export interface FamilyReport {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly unit: string;
  readonly axis: string;
  readonly cases: readonly CaseReport[];
}

/** What was seen at one point of a grid. */
export interface CaseReport {
  readonly id: string;
  readonly group: string;
  readonly x: number | string;
  /** By contender. */
  readonly series: Readonly<Record<string, Series>>;
}

/** What was seen of one contender. */
export interface Series {
  /**
   * By pass, the value of each turn: `samples[p][t]` of two contenders belong together.
   * A native contender has passes and turns of its own.
   */
  readonly samples: readonly (readonly number[])[];
  /** By pass, how long acquisitions took. */
  readonly latency?: readonly Quantiles[];
  /** By pass, how many acquisitions each worker had. */
  readonly shares?: readonly (readonly number[])[];
}

/** Nanoseconds that acquisitions took in one observed round. */
export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** How many were timed. */
  readonly count: number;
}
