/**
 * Functions that another thread finds in a module: by name, or by what they look like.
 *
 * The module is not imported here: it may be the program itself, which waits for the
 * result and cannot be imported before it has it.
 *
 * @module
 */

import { show } from "../primitives/_validate.ts";

/** What is known of a function here; it can be posted. */
export interface Wanted {
  readonly name: string;
  /** What the function itself looks like, if it was given. */
  readonly source: string | undefined;
  /** How an error begins if it is not found. */
  readonly refusal: string;
}

/** What is wanted, for an argument that is a function or the name of one. */
export function wanted(verb: string, argument: string, given: unknown): Wanted {
  const refusal =
    `Cannot ${verb}: '${argument}' must be a function that the module exports, or its name, received ${
      show(given)
    }`;
  if (typeof given === "string") {
    return { name: given, source: undefined, refusal };
  }
  if (typeof given !== "function") throw new TypeError(refusal);
  return { name: given.name, source: String(given), refusal };
}

/** Finds the function in what a module exports. */
export function find(
  exports: Readonly<Record<string, unknown>>,
  { name, source, refusal }: Wanted,
  // deno-lint-ignore no-explicit-any
): (...args: any[]) => unknown {
  const keys = Object.keys(exports);
  const fitting = keys.filter((key) =>
    typeof exports[key] === "function" &&
    (source === undefined ? key === name : String(exports[key]) === source)
  );
  const key = fitting.includes(name) ? name : fitting[0];
  if (key === undefined) {
    throw new TypeError(
      `${refusal}; it exports ${keys.join(", ") || "nothing"}`,
    );
  }
  if (key !== name && fitting.length > 1) {
    throw new TypeError(
      `${refusal}; ${fitting.join(" and ")} look like it: give its name`,
    );
  }
  return exports[key] as (...args: unknown[]) => unknown;
}
