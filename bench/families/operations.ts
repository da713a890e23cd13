/**
 * What every operation costs that need not wait for anybody.
 *
 * @module
 */

import type { Case, Family, Grid, Round, Session } from "../support/family.ts";
import type { Operation, Operations, Own } from "./_operation.ts";
import { lockOperations } from "./_operations_locks.ts";
import { mapOperations } from "./_operations_maps.ts";
import { queueOperations } from "./_operations_queues.ts";
import { signalOperations } from "./_operations_signals.ts";
import { streamOperations } from "./_operations_streams.ts";
import { threadOperations } from "./_operations_threads.ts";
import { valueOperations } from "./_operations_values.ts";
import type { Step } from "./_operation_loop.ts";

const table: Operations = {
  ...lockOperations,
  ...signalOperations,
  ...valueOperations,
  ...queueOperations,
  ...streamOperations,
  ...mapOperations,
  ...threadOperations,
};

/** By name what has operations: the classes of the package, and some functions. */
export const measured: readonly string[] = Object.keys(table);

const TIMES = 100_000, TIMES_AWAITED = 10_000;

let sessions = 0;

/** A contender that is ready: a round of so many steps; how many milliseconds it took. */
type Repeat = (times: number) => number | Promise<number>;

class Operating implements Session {
  readonly cases: readonly Case[];
  readonly #operations = new Map<string, Operation>();
  readonly #ready = new Map<string, Promise<Repeat>>();
  readonly #ends = new AsyncDisposableStack();
  readonly #session = sessions++;

  constructor(grid: Grid) {
    this.cases = Object.entries(table).flatMap(([group, rows]) => {
      const all = Object.entries(rows);
      return all.slice(0, grid === "quick" ? 1 : all.length).map(
        ([name, operation]) => this.#caseOf(group, name, operation),
      );
    });
  }

  async round(item: Case, contender: string, times: number): Promise<Round> {
    const key = `${item.id}/${contender}`, operation = this.#of(item);
    let ready = this.#ready.get(key);
    if (ready === undefined) {
      ready = this.#make(key, operation, contender);
      this.#ready.set(key, ready);
    }
    const repeat = await ready, elapsed = await repeat(times);
    const items = times * (operation.items ?? 1);
    return { elapsed, value: elapsed * 1e6 / items };
  }

  close(): Promise<void> {
    return this.#ends.disposeAsync();
  }

  #caseOf(group: string, name: string, operation: Operation): Case {
    const { awaits, times = awaits ? TIMES_AWAITED : TIMES } = operation;
    const id = `${group}/${name}`;
    this.#operations.set(id, operation);
    const contenders = Object.keys(operation.by);
    // There are many, and nobody else takes part: short rounds will do.
    return { id, group, x: name, contenders, times, longer: 0.4, warmUp: 2 };
  }

  #of(item: Case): Operation {
    const operation = this.#operations.get(item.id);
    if (operation === undefined) {
      throw new RangeError(
        `Cannot measure operations: 'item' must be a case of the session, received ${item.id}`,
      );
    }
    return operation;
  }

  async #make(
    key: string,
    { by, awaits, gives }: Operation,
    contender: string,
  ): Promise<Repeat> {
    const copy = encodeURIComponent(`${this.#session}/${key}`);
    const own: Own = await import(`./_operation_loop.ts?${copy}`);
    const step: Step = by[contender]!(own, this.#ends);
    const checked = (elapsed: number) => {
      if (gives !== undefined && !Object.is(own.last, gives)) {
        throw new Error(`${key} gave ${own.last} instead of ${gives}`);
      }
      return elapsed;
    };
    return awaits
      ? async (times) => checked(await own.repeatAwaited(step, times))
      : (times) => checked(own.repeat(step, times));
  }
}

/** Every operation, in one thread. */
export const operations: Family = {
  name: "operations",
  title: "Operations that need not wait",
  about:
    "One thread does an operation again and again, and nobody else is there. The floor is " +
    "the least number of raw Atomics operations, or of plain accesses, that it takes to do " +
    "the same: two of them for a lock, and the item itself for a queue. Naive is what one " +
    "writes in a few lines. Loops are short and hot: in a program, where caches are cold and " +
    "calls may not be inlined, all of it takes longer.",
  unit: "ns per operation",
  axis: "operation",
  open: (grid) => new Operating(grid),
};
