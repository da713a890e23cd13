/**
 * What the parallel functions do: their arguments, checked, and the work for those who
 * take part.
 *
 * @module
 */

import { flag, optionBag, show } from "../primitives/_validate.ts";
import {
  elementsOf,
  type NumberArray,
  outputOf,
  rangeOf,
} from "./_parallel_arrays.ts";
import { Call } from "./_parallel_call.ts";
import {
  forEach,
  forEachHere,
  mapEach,
  mapEachHere,
  type OfElement,
  type OfTwo,
  type Part,
  reduceEach,
  reduceEachHere,
} from "./_parallel_tasks.ts";
import type {
  AsyncParallelOptions,
  ParallelOptions,
} from "./_parallel_types.ts";
import { taskId } from "./task.ts";

type Options = ParallelOptions | AsyncParallelOptions | undefined;

/** The options of all of them, and of some. */
interface Bag extends AsyncParallelOptions {
  args?: unknown;
  output?: unknown;
  map?: unknown;
  initial?: unknown;
  deterministic?: unknown;
}

/** The call of a parallelFor. */
export function forCall(
  task: unknown,
  range: unknown,
  options: Options,
  awaits: boolean,
): Call<void> {
  const name = "parallelFor", action = `run ${name}`;
  taskId(action, task);
  const { elements, length } = rangeOf(action, range);
  const each = {
    fn: task as OfElement,
    elements,
    args: argsOf(action, bagOf(action, options)),
  };
  return new Call<void>(
    name,
    {
      here: (plan, between) => forEachHere({ ...each, plan }, between),
      submit: (pool, plan) => pool.submit(forEach, { ...each, plan }),
    },
    length,
    options,
    awaits,
  );
}

/** The call of a parallelMap, and where it writes. */
export function mapCall(
  task: unknown,
  input: unknown,
  options: Options,
  awaits: boolean,
): { call: Call<void>; output: NumberArray<SharedArrayBuffer> } {
  const name = "parallelMap", action = `run ${name}`;
  taskId(action, task);
  const bag = bagOf(action, options);
  const { elements, length, type } = elementsOf(action, input);
  const output = outputOf(action, bag.output ?? type, length);
  const each = {
    fn: task as OfElement,
    elements,
    output,
    args: argsOf(action, bag),
  };
  const call = new Call<void>(
    name,
    {
      here: (plan, between) => mapEachHere({ ...each, plan }, between),
      submit: (pool, plan) => pool.submit(mapEach, { ...each, plan }),
    },
    length,
    options,
    awaits,
  );
  return { call, output };
}

/** The call of a parallelReduce, and what puts together what the threads have returned. */
export function reduceCall(
  task: unknown,
  input: unknown,
  options: Options,
  awaits: boolean,
): { call: Call<Part[]>; combine: (parts: Part[][]) => unknown } {
  const name = "parallelReduce", action = `run ${name}`;
  taskId(action, task);
  const bag = bagOf(action, options);
  if (bag.map !== undefined) taskId(action, bag.map, "map");
  const apart = flag(action, "deterministic", bag.deterministic);
  const { elements, length } = elementsOf(action, input);
  const begins = "initial" in bag;
  if (length === 0 && !begins) {
    throw new TypeError(
      `Cannot ${action}: 'input' must have an element where there is no 'initial', received ${
        show(input)
      }`,
    );
  }
  const fn = task as OfTwo;
  const each = {
    fn,
    elements,
    map: bag.map as OfElement | undefined,
    args: argsOf(action, bag),
    apart,
  };
  const call = new Call<Part[]>(
    name,
    {
      here: (plan, between) => reduceEachHere({ ...each, plan }, between),
      submit: (pool, plan) => pool.submit(reduceEach, { ...each, plan }),
    },
    length,
    options,
    awaits,
    apart,
  );
  return {
    call,
    combine(parts) {
      const values = parts.flat().sort((a, b) => a.from - b.from)
        .map(({ value }) => value);
      if (begins) values.unshift(bag.initial);
      return values.reduce((a, b) => fn(a, b));
    },
  };
}

function bagOf(action: string, options: Options): Bag {
  return optionBag(action, options as Bag | undefined);
}

function argsOf(action: string, { args = [] }: Bag): unknown[] {
  if (Array.isArray(args)) return args;
  throw new TypeError(
    `Cannot ${action}: 'args' must be an array, received ${show(args)}`,
  );
}
