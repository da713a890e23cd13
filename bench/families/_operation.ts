/**
 * Operations as data.
 *
 * @module
 */

import type { Contenders } from "../contenders/contender.ts";
import type * as loop from "./_operation_loop.ts";

/** The loops and steps of one contender. */
export type Own = typeof loop;

/** Makes the step of a contender; what has to end at last is given to `ends`. */
export type Make = (own: Own, ends: AsyncDisposableStack) => loop.Step;

/** An operation, and how each contender does it. */
export interface Operation {
  readonly by: Readonly<Record<string, Make>>;
  /** Whether each step is awaited. */
  readonly awaits?: boolean;
  /** What each step must give, whoever does it. */
  readonly gives?: unknown;
  /** How many items a step has; the value is for one of them. */
  readonly items?: number;
  /** How many steps a round of `deno bench` has. */
  readonly times?: number;
}

/** The operations of some primitives: by primitive, by name. */
export type Operations = Readonly<
  Record<string, Readonly<Record<string, Operation>>>
>;

/** One step of several things. */
export function each<T>(
  things: Readonly<Record<string, () => T>>,
  step: (own: Own, thing: T) => loop.Step,
): Record<string, Make> {
  return Object.fromEntries(
    Object.entries(things).map((
      [name, make],
    ) => [name, (own: Own) => step(own, make())]),
  );
}

/** Those contenders of the crews that are not ours, as things for one thread. */
export function others<T>(
  contenders: Contenders<T>,
  size = 1,
): Record<string, () => T> {
  return Object.fromEntries(
    Object.entries(contenders)
      .filter(([name]) => !name.startsWith("ours"))
      .map(([name, { make, open }]) => [
        name,
        () => open(make(size) as never, 0, size),
      ]),
  );
}
