/**
 * A thread in which tasks await one lock, in rounds.
 *
 * Each contender has such a thread: the engine searches all promises of `waitAsync` that
 * are pending in a thread, so the waiters of one contender would slow down the others.
 *
 * @module
 */

import { contenders, type Enter } from "./_async_lock_contenders.ts";

/** What the main thread posts first. */
export interface Start {
  readonly contender: string;
  readonly waiters: number;
}

/** All that it posts; a number is a round of so many sections, null the end. */
export type Message = Start | number | null;

/** Tasks that go in one after the other, each of them once. */
class Line {
  readonly #enter: Enter;
  readonly #waiters: number;
  #left = 0;
  #done = 0;
  #due = 0;
  #inside = Promise.withResolvers<void>();
  #start = Promise.withResolvers<void>();

  constructor(enter: Enter, waiters: number) {
    this.#enter = enter;
    this.#waiters = waiters;
    if (waiters === 0) void this.#alone();
    else for (let n = 0; n <= waiters; n++) void enter(this.#section);
  }

  /** So many sections; how many milliseconds they took. */
  async round(times: number): Promise<number> {
    await this.#inside.promise;
    this.#due += times;
    this.#left = times;
    this.#inside = Promise.withResolvers();
    const { resolve } = this.#start;
    this.#start = Promise.withResolvers();
    const begin = performance.now();
    resolve();
    await this.#inside.promise;
    const elapsed = performance.now() - begin;
    if (this.#done !== this.#due) {
      throw new Error(
        `Two tasks were inside: ${this.#done} of ${this.#due} count`,
      );
    }
    return elapsed;
  }

  /** Between rounds a task stays inside, so that all others wait. */
  readonly #section = async (): Promise<void> => {
    if (this.#left === 0) {
      this.#inside.resolve();
      await this.#start.promise;
    }
    this.#left--;
    // One that came after this one left would find the lock free, before who was woken.
    if (this.#waiters > 0) void this.#enter(this.#section);
    // Another one that is inside meanwhile reads the same number.
    const before = this.#done;
    await undefined;
    this.#done = before + 1;
  };

  async #alone(): Promise<void> {
    for (;;) await this.#enter(this.#section);
  }
}

let line: Line | undefined;

self.onmessage = async ({ data }: MessageEvent<Message>) => {
  if (data === null) {
    self.postMessage("ended");
    self.close();
  } else if (typeof data === "number") {
    self.postMessage(await line!.round(data));
  } else line = new Line(contenders[data.contender]!(), data.waiters);
};

// `waitAsync` does not keep a thread alive.
setInterval(() => {}, 1000);
