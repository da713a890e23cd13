/**
 * A stage for a test: it starts parties, and ends them by cooperation, also when
 * the test fails.
 *
 * A party's body is written once for both faces. On the sync face it runs in a
 * Thread and blocks; on the async face it is a task of this realm and awaits.
 */

import {
  type AsyncWaitOptions,
  type AtomicInt32,
  sleep,
  sleepAsync,
  type Task,
  Thread,
  type WaitOptions,
} from "@interlock/threading";
import { assert } from "@std/assert";

/** Which of a class's methods a body uses. */
export type Face = "sync" | "async";

/** Both. */
export const FACES: readonly Face[] = ["sync", "async"];

interface Acquirable {
  acquire(wait?: number | WaitOptions): boolean;
  acquireAsync(wait?: number | AsyncWaitOptions): Promise<boolean>;
}

interface Waitable<T> {
  wait(wait?: number | WaitOptions): T;
  waitAsync(wait?: number | AsyncWaitOptions): Promise<T>;
}

/** `acquire` on a face. */
export async function acquire(
  face: Face,
  object: Acquirable,
  wait?: number | WaitOptions,
): Promise<boolean> {
  return face === "sync"
    ? object.acquire(wait)
    : await object.acquireAsync(wait as AsyncWaitOptions);
}

/** `wait` on a face. */
export async function wait<T>(
  face: Face,
  object: Waitable<T>,
  options?: number | WaitOptions,
): Promise<T> {
  return face === "sync"
    ? object.wait(options)
    : await object.waitAsync(options as AsyncWaitOptions);
}

/** `sleep` on a face. */
export async function rest(face: Face, ms: number): Promise<void> {
  if (face === "sync") sleep(ms);
  else await sleepAsync(ms);
}

/** Adds one, and tells who waits with {@linkcode reached}. */
export function bump(counter: AtomicInt32): void {
  counter.add(1);
  counter.notify();
}

/** Waits until a counter that others bump is so high. */
export async function reached(counter: AtomicInt32, n: number): Promise<void> {
  for (;;) {
    const value = counter.load();
    if (value >= n) return;
    const changed = await counter.waitAsync(value, 10_000);
    assert(changed, `the counter stays at ${value}, ${n} expected`);
  }
}

/** Time in which something could happen that must not. */
export const QUIET = 40;

/** Runs the body of each party, and ends the threads. */
export class Stage {
  readonly #threads: Thread[] = [];
  readonly #results: Promise<unknown>[] = [];

  /** Starts `n` parties of a body; the promise has their results. */
  parties<A extends unknown[], R>(
    face: Face,
    n: number,
    body: Task<(face: Face, ...args: A) => Promise<R>>,
    ...args: A
  ): Promise<R[]> {
    return Promise.all(
      Array.from({ length: n }, () => this.party(face, body, ...args)),
    );
  }

  /** Starts one party. */
  party<A extends unknown[], R>(
    face: Face,
    body: Task<(face: Face, ...args: A) => Promise<R>>,
    ...args: A
  ): Promise<R> {
    if (face === "async") return body(face, ...args);
    const result = this.thread(body, face, ...args).resultAsync(15_000);
    this.#results.push(result);
    return result as Promise<R>;
  }

  /** Starts a thread that ends with the test. */
  thread<A extends unknown[], R>(
    body: Task<(...args: A) => R>,
    ...args: A
  ): Thread<R, A> {
    const thread = new Thread(body, args).start();
    this.#threads.push(thread as unknown as Thread);
    return thread;
  }

  /** Ends what was started. */
  async end(): Promise<void> {
    for (const thread of this.#threads) thread.stop();
    for (const thread of this.#threads) {
      const ended = await thread.joinAsync(8_000).catch(() => true);
      assert(ended, `${thread} does not end`);
    }
    // Not every test waits for what its parties return: their waits end with them.
    await Promise.allSettled(this.#results);
  }
}

/** A test with a stage. */
export function test(
  name: string,
  fn: (stage: Stage) => void | Promise<void>,
  timeout = 30_000,
): void {
  Deno.test({
    name,
    timeout,
    async fn() {
      const stage = new Stage();
      try {
        await fn(stage);
      } finally {
        await stage.end();
      }
    },
  });
}

/** The same test on both faces; `name` begins with the numbers of conformance.md. */
export function testFaces(
  name: string,
  fn: (face: Face, stage: Stage) => void | Promise<void>,
  timeout?: number,
): void {
  for (const face of FACES) {
    test(`${name} (${face})`, (stage) => fn(face, stage), timeout);
  }
}
