/**
 * Exchanges of items between workers: the session of the families that are made of them.
 *
 * Workers of a kind of item are started when the first round of that kind is asked for, and
 * stay. Other kinds have others: a program that passes one kind has code compiled for it.
 *
 * @module
 */

import type { Case, Round, Session } from "../support/family.ts";
import { Crew } from "./crew.ts";
import type { Kind } from "./items.ts";
import type { Ways } from "./way.ts";

/** A case: who gives what to whom. */
export interface ExchangeCase extends Omit<Case, "contenders"> {
  readonly kind: Kind;
  readonly producers: number;
  /** None if one thread does both. */
  readonly consumers: number;
  /** By contender, the name of its way. */
  readonly ways: Readonly<Record<string, string>>;
}

/** The items of a round before the first one of a contender: its code is loaded and slow until then. */
const WARM_UP = 500;

/** The cases as a family shows them, and their workers. */
export class Exchanges implements Session {
  readonly cases: readonly Case[];
  readonly #plan: readonly ExchangeCase[];
  readonly #crews = new Map<Kind, Crew>();
  /** The contenders of cases that have done a round. */
  readonly #warm = new Set<string>();
  readonly #ways: Ways;
  readonly #module: string;

  /** Starts nothing yet; the ways are those of a module. */
  constructor(plan: readonly ExchangeCase[], ways: Ways, module: string) {
    this.#plan = plan;
    this.#ways = ways;
    this.#module = module;
    this.cases = plan.map(({ id, group, x, ways, times, most }) => ({
      id,
      group,
      x,
      contenders: Object.keys(ways),
      times,
      ...(most === undefined ? {} : { most }),
    }));
  }

  /** Passes so many items, and checks that all have arrived whole. */
  async round(item: Case, contender: string, times: number): Promise<Round> {
    const found = this.#plan.find(({ id }) => id === item.id);
    const way = found?.ways[contender];
    if (found === undefined || way === undefined) {
      throw new RangeError(
        `Cannot run a round: 'contender' must be one of the case ${item.id}, received ${contender}`,
      );
    }
    const key = `${found.id}, ${contender}`;
    const crew = await this.#crewFor(found.kind);
    if (!this.#warm.has(key)) {
      await crew.round(key, way, { ...found, times: WARM_UP });
      this.#warm.add(key);
    }
    const elapsed = await crew.round(key, way, { ...found, times });
    return { elapsed, value: elapsed * 1e6 / times };
  }

  /** Ends the workers. */
  async close(): Promise<void> {
    const ended = [...this.#crews.values()].map((crew) => crew.close());
    await Promise.all(ended);
  }

  async #crewFor(kind: Kind): Promise<Crew> {
    let crew = this.#crews.get(kind);
    if (crew === undefined) {
      const sizes = this.#plan.filter((item) => item.kind === kind)
        .map(({ producers, consumers }) => producers + consumers);
      crew = new Crew(kind, Math.max(...sizes), this.#ways, this.#module);
      this.#crews.set(kind, crew);
    }
    await crew.ready;
    return crew;
  }
}
