/**
 * The threads of {@linkcode linearize}: they call operations, and record what came of it.
 *
 * @module
 */

import {
  importedModule,
  isUnwinding,
  note,
  point,
  threadNumber,
} from "./_agent.ts";
import { canonical, thrown } from "./_history.ts";

/** One call of a scenario. */
export interface Call {
  readonly name: string;
  readonly args: readonly unknown[];
}

/** What the threads share. */
export interface Operating {
  readonly object: unknown;
  /** The module of the operations; they are methods of the object if it is undefined. */
  readonly module: string | undefined;
  /** The calls of each thread, in each scenario. */
  readonly scenarios: readonly (readonly (readonly Call[])[])[];
  /** The scenario at hand; then for each thread a mask of the calls that are left out. */
  readonly which: Int32Array<SharedArrayBuffer>;
}

/** A call or a return, as it is recorded; the call by its place in the scenario. */
export type Recorded =
  | { readonly thread: number; readonly place: number }
  | { readonly thread: number; readonly result: string };

type Callable = (...args: readonly unknown[]) => unknown;

/** Calls the operations of this thread. */
export function operate(
  { object, module, scenarios, which }: Operating,
): unknown {
  const thread = threadNumber();
  const all = scenarios[which[0]!]![thread]!;
  const calls = [...all.keys()].filter((i) =>
    (which[thread + 1]! & 1 << i) === 0
  );
  const invoke = ({ name, args }: Call): unknown => {
    if (module !== undefined) {
      return (importedModule(module)[name] as Callable)(object, ...args);
    }
    return (object as Record<string, Callable>)[name]!(...args);
  };
  const record = (event: Recorded) => note(JSON.stringify(event));
  const run = (from: number): unknown => {
    for (let i = from; i < calls.length; i++) {
      // A call may come late: others may return before it.
      point();
      const place = calls[i]!;
      record({ thread, place });
      try {
        const value = invoke(all[place]!);
        if (isThenable(value)) {
          return value.then(
            (value) => record({ thread, result: canonical(value) }),
            (error) => record({ thread, result: thrown(error) }),
          ).then(() => run(i + 1));
        }
        record({ thread, result: canonical(value) });
      } catch (error) {
        if (isUnwinding()) throw error;
        record({ thread, result: thrown(error) });
      }
    }
  };
  return run(0);
}

function isThenable(value: unknown): value is Promise<unknown> {
  return typeof value === "object" && value !== null && "then" in value;
}
