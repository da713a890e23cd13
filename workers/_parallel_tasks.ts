/**
 * What a thread does that takes part in a parallel call: in a pool's thread as a task, in
 * the calling thread as a function.
 *
 * @module
 */

import { isError } from "../primitives/_rebuild.ts";
import { show } from "../primitives/_validate.ts";
import { Chunks, type Plan } from "./_chunks.ts";
import {
  type Elements,
  isBig,
  type NumberArray,
  type Value,
} from "./_parallel_arrays.ts";
import { type Task, task } from "./task.ts";

/** A function of an element, and of what the options add to that. */
export type OfElement = (value: Value, ...args: unknown[]) => unknown;
/** A function of two results. */
export type OfTwo = (a: unknown, b: unknown) => unknown;

/** What a thread has put together: of one chunk, or of all of its own. */
export interface Part {
  /** Its first element. */
  readonly from: number;
  readonly value: unknown;
}

/** Where in a parallel call a thread is. */
interface Here {
  readonly plan: Plan;
  readonly elements: Elements;
  readonly args: readonly unknown[];
}

/** Calls the function for each element. */
export interface ForEach extends Here {
  readonly fn: OfElement;
}

/** Writes what the function makes of each element. */
export interface MapEach extends ForEach {
  readonly output: NumberArray;
}

/** Puts elements together, or what `map` makes of them. */
export interface ReduceEach extends Here {
  readonly fn: OfTwo;
  readonly map: OfElement | undefined;
  /** Whether each chunk has a part of its own. */
  readonly apart: boolean;
}

/** Called before each chunk. */
type Between = () => void;

/** See {@linkcode ForEach}. */
export function forEachHere(each: ForEach, between?: Between): void {
  const call = callOf(each.fn, each.args), { array, base } = sourceOf(each);
  walk(each, between, (from, to, at) => {
    for (let i = from; i < to; i++) {
      at.element = i;
      const result = call(array === undefined ? base + i : array[i]!);
      if (typeof result === "object") refusePromise(result);
    }
  });
}

/** See {@linkcode MapEach}. */
export function mapEachHere(each: MapEach, between?: Between): void {
  const call = callOf(each.fn, each.args), { array, base } = sourceOf(each);
  const output = each.output as { [i: number]: unknown };
  const big = isBig(each.output);
  walk(each, between, (from, to, at) => {
    for (let i = from; i < to; i++) {
      at.element = i;
      const result = call(array === undefined ? base + i : array[i]!);
      if (big ? typeof result !== "bigint" : typeof result !== "number") {
        refuseResult(result, each.output);
      }
      output[i] = result;
    }
  });
}

/** See {@linkcode ReduceEach}. */
export function reduceEachHere(each: ReduceEach, between?: Between): Part[] {
  const { fn, map, apart } = each, { array, base } = sourceOf(each);
  const call = map && callOf(map, each.args);
  const elementAt = (i: number): unknown => {
    const element = array === undefined ? base + i : array[i]!;
    if (call === undefined) return element;
    const result = call(element);
    if (typeof result === "object") refusePromise(result);
    return result;
  };
  const parts: Part[] = [];
  walk(each, between, (from, to, at) => {
    let i = at.element = from;
    const before = apart ? undefined : parts.pop();
    let value = before === undefined ? elementAt(i++) : before.value;
    for (; i < to; i++) {
      at.element = i;
      value = fn(value, elementAt(i));
      if (typeof value === "object") refusePromise(value);
    }
    parts.push({ from: before?.from ?? from, value });
  });
  return parts;
}

/** The same, as tasks of a pool. */
export const forEach: Task<(each: ForEach) => void> = task(
  import.meta,
  function forEach(each) {
    forEachHere(each);
  },
  "@interlock/threading forEach",
);

/** The same, as tasks of a pool. */
export const mapEach: Task<(each: MapEach) => void> = task(
  import.meta,
  function mapEach(each) {
    mapEachHere(each);
  },
  "@interlock/threading mapEach",
);

/** The same, as tasks of a pool. */
export const reduceEach: Task<(each: ReduceEach) => Part[]> = task(
  import.meta,
  function reduceEach(each) {
    return reduceEachHere(each);
  },
  "@interlock/threading reduceEach",
);

/** Where the elements are: in an array, or from a number on. */
function sourceOf({ elements }: Here): {
  array: NumberArray<SharedArrayBuffer> | undefined;
  base: number;
} {
  return typeof elements === "number"
    ? { array: undefined, base: elements }
    : { array: elements, base: 0 };
}

/** Works on the chunks that this thread gets; `work` says at which element it is. */
function walk(
  here: Here,
  between: Between | undefined,
  work: (from: number, to: number, at: { element: number }) => void,
): void {
  const at = { element: 0 };
  new Chunks(here.plan).each((from, to) => {
    try {
      work(from, to, at);
    } catch (error) {
      throw withIndex(error, sourceOf(here).base + at.element);
    }
  }, between);
}

/** The function with its further arguments; few of them cost little. */
function callOf(fn: OfElement, args: readonly unknown[]): OfElement {
  const [a, b, c] = args;
  switch (args.length) {
    case 0:
      return fn;
    case 1:
      return (value) => fn(value, a);
    case 2:
      return (value) => fn(value, a, b);
    case 3:
      return (value) => fn(value, a, b, c);
    default:
      return (value) => fn(value, ...args);
  }
}

function refuseResult(result: unknown, output: NumberArray): never {
  refusePromise(result);
  throw new TypeError(
    `The task must return a ${
      isBig(output) ? "bigint" : "number"
    }, as the output is ${show(output)}, and returned ${show(result)}`,
  );
}

function refusePromise(result: unknown): void {
  if (typeof (result as PromiseLike<unknown> | null)?.then === "function") {
    throw new TypeError(
      "The task returned a promise: tasks that await belong into pool.map()",
    );
  }
}

/** The same error, which says what element it is about, unless it has an index of its own. */
function withIndex(error: unknown, index: number): unknown {
  if (isError(error) && !("index" in error)) {
    Reflect.defineProperty(error, "index", {
      value: index,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return error;
}
