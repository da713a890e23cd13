/**
 * Measures families into a report.
 *
 * @module
 */

import type {
  Case,
  Family,
  Grid,
  Observation,
  Session,
} from "../support/family.ts";
import { calibrate, takeTurns } from "../support/pace.ts";
import { NoiseGate } from "./gate.ts";
import { quantilesOf } from "./quantiles.ts";
import type {
  CaseReport,
  FamilyReport,
  Gate,
  Quantiles,
  Series,
  Settings,
} from "./report.ts";

/** What a grid is measured with. */
export const SETTINGS: Readonly<Record<Grid, Settings>> = {
  full: {
    grid: "full",
    passes: 3,
    turns: 4,
    milliseconds: 12,
    window: 40,
    quiet: 0.15,
  },
  quick: {
    grid: "quick",
    passes: 1,
    turns: 5,
    milliseconds: 6,
    window: 20,
    quiet: 0.15,
  },
};

/** Windows in which acquisitions are timed. */
const WINDOWS = 3;
/** How often a visit is made before its noise is accepted. */
const ATTEMPTS = 3;

/** A place in the work. */
export interface Progress {
  readonly pass: number;
  readonly family: string;
  readonly item: string;
  /** From 0 to 1, as if all families took equally long. */
  readonly done: number;
}

/** What was measured. */
export interface Measured {
  readonly gate: Gate;
  readonly families: readonly FamilyReport[];
}

/** What a case has gathered; the report's types, before they are full. */
interface Gathered {
  readonly item: Case;
  readonly series: Record<string, {
    samples: number[][];
    latency: Quantiles[];
    shares: number[][];
  }>;
}

/** Measures families in passes, each with workers that are started anew. */
export class Run {
  readonly #families: readonly Family[];
  readonly #settings: Settings;
  readonly #cases = new Map<string, Map<string, Gathered>>();
  readonly #gate = { repeated: 0, noisy: 0, others: 0, visits: 0, works: true };

  constructor(families: readonly Family[], settings: Settings) {
    this.#families = families;
    this.#settings = settings;
    for (const { name } of families) this.#cases.set(name, new Map());
  }

  /** Measures; yields before each case. */
  async *steps(): AsyncGenerator<Progress> {
    const families = this.#families, { passes, grid } = this.#settings;
    for (let step = 0; step < passes * families.length; step++) {
      const pass = Math.floor(step / families.length);
      const family = families[step % families.length]!;
      const session = await family.open(grid);
      try {
        const gate = new NoiseGate(session.processes);
        this.#gate.works &&= gate.works;
        for (const [n, item] of session.cases.entries()) {
          const done = (step + n / session.cases.length) /
            (passes * families.length);
          yield { pass, family: family.name, item: item.id, done };
          await this.#measure(family, session, item, gate);
        }
      } finally {
        await session.close();
      }
    }
  }

  /** What was measured so far. */
  get measured(): Measured {
    const { repeated, noisy, others, visits, works } = this.#gate;
    const families = this.#families.map((family): FamilyReport => {
      const { name, title, about, unit, axis } = family;
      const cases = [...this.#cases.get(name)!.values()].map(caseReport);
      return { name, title, about, unit, axis, cases };
    });
    const average = visits === 0 ? 0 : round(others / visits);
    return {
      gate: { works, visits, repeated, noisy, others: average },
      families,
    };
  }

  async #measure(
    family: Family,
    session: Session,
    item: Case,
    gate: NoiseGate,
  ): Promise<void> {
    const { quiet } = this.#settings;
    const cases = this.#cases.get(family.name)!;
    const gathered = cases.get(item.id) ?? { item, series: {} };
    cases.set(item.id, gathered);
    const times = await calibrate(session, item, this.#settings);
    for (let attempt = 1;; attempt++) {
      const ended = gate.begin();
      const samples = await takeTurns(session, item, this.#settings, times);
      const others = ended();
      if (others > quiet && attempt < ATTEMPTS) {
        this.#gate.repeated++;
        await gate.untilQuiet(quiet);
        continue;
      }
      this.#gate.visits++;
      this.#gate.others += others;
      if (others > quiet) this.#gate.noisy++;
      for (const [contender, values] of samples) {
        const series = gathered.series[contender] ??= {
          samples: [],
          latency: [],
          shares: [],
        };
        series.samples.push(values.map(round));
        await this.#observe(session, item, contender, series);
      }
      return;
    }
  }

  async #observe(
    session: Session,
    item: Case,
    contender: string,
    series: Gathered["series"][string],
  ): Promise<void> {
    const { window } = this.#settings;
    let seen: Observation | undefined;
    // The last one counts: the others are for the compilers.
    for (let n = 0; n < WINDOWS; n++) {
      seen = await session.observe?.(item, contender, window);
      if (seen === undefined) return;
    }
    if (seen!.latencies.length === 0) return;
    series.latency.push(quantilesOf(seen!.latencies));
    series.shares.push([...seen!.shares]);
  }
}

function caseReport({ item, series }: Gathered): CaseReport {
  const reports = Object.entries(series).map(
    ([contender, { samples, latency, shares }]): [string, Series] => [
      contender,
      latency.length === 0 ? { samples } : { samples, latency, shares },
    ],
  );
  const { id, group, x } = item;
  return { id, group, x, series: Object.fromEntries(reports) };
}

/** Five digits are more than any clock gives. */
function round(value: number): number {
  return Number(value.toPrecision(5));
}
