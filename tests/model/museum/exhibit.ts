/**
 * The museum: small programs with mistakes that libraries for threads had, or that
 * everybody makes once. Each is told in words of our own, beside the right program,
 * which has the same code but for the mistake.
 *
 * @module
 */

import type {
  ExploreOptions,
  FailureKind,
  Model,
} from "../../../testing/mod.ts";

/** Words of shared memory. */
export type Words = Int32Array<SharedArrayBuffer>;

/** A program with a mistake, and the same without it. */
export interface Exhibit {
  /** Its number in our survey of the bugs of other libraries, or "classic". */
  readonly bug: string;
  /** One sentence: what the mistake is, and what comes of it. */
  readonly title: string;
  /** What the tester may call it. */
  readonly kinds: readonly FailureKind[];
  readonly options: ExploreOptions;
  /** The program. */
  readonly model: (right: boolean) => Model<unknown>;
}

type Told = Omit<Exhibit, "model" | "options">;

interface Program<S> extends Omit<Model<S>, "setup">, Told {
  readonly options?: ExploreOptions;
  /** What the threads share, in the right program or in the broken one. */
  readonly setup: (right: boolean) => S;
}

/** Makes an exhibit; its module is the file that it stands in. */
export function exhibit<S>(
  { bug, title, kinds, options = {}, setup, ...program }: Program<S>,
): Exhibit {
  const model = (right: boolean): Model<S> => ({
    ...program,
    setup: () => setup(right),
  });
  return { bug, title, kinds, options, model: model as Exhibit["model"] };
}

/** Words that are 0. */
export function words(length = 1): Words {
  return new Int32Array(new SharedArrayBuffer(4 * length));
}

/** A section that only one thread may be in. */
export function section(inside: Words): void {
  if (Atomics.add(inside, 0, 1) !== 0) {
    throw new Error("two threads are in the section");
  }
  Atomics.sub(inside, 0, 1);
}

/** A mutex without a mistake: 0 is free, 1 held, 2 held with sleepers. */
export function lock(mutex: Words, at = 0): void {
  if (Atomics.compareExchange(mutex, at, 0, 1) === 0) return;
  while (Atomics.exchange(mutex, at, 2) !== 0) Atomics.wait(mutex, at, 2);
}

/** Frees the mutex. */
export function unlock(mutex: Words, at = 0): void {
  if (Atomics.exchange(mutex, at, 0) === 2) Atomics.notify(mutex, at, 1);
}

/** Takes one, as soon as there is one. */
export function down(count: Words): void {
  for (;;) {
    const n = Atomics.load(count, 0);
    if (n === 0) Atomics.wait(count, 0, 0);
    else if (Atomics.compareExchange(count, 0, n, n - 1) === n) return;
  }
}

/** Gives one back. */
export function up(count: Words): void {
  Atomics.add(count, 0, 1);
  Atomics.notify(count, 0, 1);
}
