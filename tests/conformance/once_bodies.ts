import {
  type AsyncOnceWaitOptions,
  type AtomicInt32,
  type Event,
  type Once,
  type OnceCell,
  type OnceWaitOptions,
  type Task,
  task,
} from "@interlock/threading";
import { bump, type Face, wait } from "../support/stage.ts";

type Body<A extends unknown[], R> = Task<
  (face: Face, ...args: A) => Promise<R>
>;

/** `run` on a face. */
export async function run(
  face: Face,
  once: Once,
  fn: () => void,
  options?: number | OnceWaitOptions,
): Promise<void> {
  if (face === "sync") once.run(fn, options);
  else await once.runAsync(fn, options as AsyncOnceWaitOptions);
}

/** `get` on a face. */
export async function get<T>(
  face: Face,
  cell: OnceCell<T>,
  init: () => T,
  options?: number | OnceWaitOptions,
): Promise<T> {
  return face === "sync"
    ? cell.get(init as never, options)
    : await cell.getAsync(init, options as AsyncOnceWaitOptions);
}

/** Runs each; false if it returned before the function had ended. */
export const stampede: Body<[Once[], AtomicInt32, AtomicInt32], boolean> = task(
  import.meta,
  async function stampede(face, onces, begun, ended) {
    let late = true;
    for (const [i, once] of onces.entries()) {
      await run(face, once, () => {
        begun.add(1);
        ended.add(1);
      });
      late &&= ended.load() > i;
    }
    return late;
  },
);

/** Waits for the end; how much was done then, or what was thrown. */
export const waitFor: Body<[Once, AtomicInt32, AtomicInt32], number | string> =
  task(
    import.meta,
    async function waitFor(face, once, arrived, ended) {
      bump(arrived);
      try {
        return await wait(face, once) ? ended.load() : -1;
      } catch (error) {
        return String(error);
      }
    },
  );

/** Runs what fails; what is thrown, in parts. */
export const fails: Body<[Once, AtomicInt32], unknown[]> = task(
  import.meta,
  async function fails(face, once, begun) {
    try {
      await run(face, once, () => {
        begun.add(1);
        const error = new RangeError("no luck");
        throw Object.assign(error, { code: "ERR_LUCK" });
      });
    } catch (error) {
      const { name, message, code } = error as Error & { code: unknown };
      return [name, message, code, error instanceof RangeError];
    }
    return [];
  },
);

/** Takes the turn, and ends it well or not when it is told to. */
export const runUntil: Body<
  [Once, AtomicInt32, Event, boolean, OnceWaitOptions | undefined],
  string
> = task(
  import.meta,
  async function runUntil(face, once, arrived, go, succeeds, options) {
    const end = () => {
      if (!succeeds) throw new Error("no luck");
    };
    try {
      if (face === "async") {
        await once.runAsync(async () => {
          bump(arrived);
          await go.waitAsync();
          end();
        }, options as AsyncOnceWaitOptions);
      } else {
        once.run(() => {
          bump(arrived);
          go.wait();
          end();
        }, options);
      }
    } catch (error) {
      return String(error);
    }
    return "ran";
  },
);

/** Runs; whether its own function was called, or what was thrown. */
export const runOwn: Body<[Once, AtomicInt32], boolean | string> = task(
  import.meta,
  async function runOwn(face, once, arrived) {
    let called = false;
    bump(arrived);
    try {
      await run(face, once, () => {
        called = true;
      });
    } catch (error) {
      return String(error);
    }
    return called;
  },
);

/** Gets each cell's value, which is this party's if it comes first. */
export const decide: Body<[OnceCell<string>[], string], string[]> = task(
  import.meta,
  async function decide(face, cells, mine) {
    const got: string[] = [];
    for (const cell of cells) got.push(await get(face, cell, () => mine));
    return got;
  },
);

/** Sets each cell; how many it won. */
export const setAll: Body<[OnceCell<string>[], string, AtomicInt32], number> =
  task(
    import.meta,
    // deno-lint-ignore require-await
    async function setAll(_face, cells, mine, polling) {
      polling.wait(0, 10_000);
      return cells.filter((cell) => cell.set(mine)).length;
    },
  );

/** Looks at each cell until it has a value; those that are not one of the right ones. */
export const poll: Body<[OnceCell<string>[], AtomicInt32], string[]> = task(
  import.meta,
  // deno-lint-ignore require-await
  async function poll(_face, cells, polling) {
    bump(polling);
    return cells.map((cell) => {
      for (;;) {
        const found = cell.tryGet();
        if (found !== undefined) return found.value;
      }
    }).filter((value) => !/^(a*|b*)$/.test(value) || value.length !== 500);
  },
);
