// What the threads of scopes do.

import {
  type AtomicInt32,
  CancelToken,
  Event,
  type Lock,
  sleep,
  sleepAsync,
  type Task,
  task,
  ThreadScope,
} from "@interlock/threading";
import { bump, type Face } from "../support/stage.ts";

const LONG = 60_000;

/** Says that it was there. */
export const count: Task<(counter: AtomicInt32) => number> = task(
  import.meta,
  function count(counter) {
    return counter.add(1);
  },
);

/** Waits for the event, and then says so. */
export const countAfter: Task<(event: Event, counter: AtomicInt32) => void> =
  task(import.meta, function countAfter(event, counter) {
    event.wait();
    counter.add(1);
  });

/** Throws, when the event is set. */
export const failAfter: Task<(event: Event, message: string) => void> = task(
  import.meta,
  function failAfter(event, message) {
    event.wait();
    throw new RangeError(message);
  },
);

/** Throws outside of the task. */
export const failElsewhere: Task<(message: string) => Promise<void>> = task(
  import.meta,
  function failElsewhere(message) {
    setTimeout(() => {
      throw new RangeError(message);
    });
    return new Promise(() => setTimeout(() => {}, LONG));
  },
);

/** Ends its worker without a word. */
export const die: Task<(ready: Event) => void> = task(
  import.meta,
  function die(ready) {
    ready.wait();
    close();
    // The task has not returned when its worker ends.
    for (;;);
  },
);

/** Waits for ever, in one of several ways, and counts before and after it. */
export const waits: Task<
  (how: string, lock: Lock, arrived: AtomicInt32, ended: AtomicInt32) => unknown
> = task(import.meta, async function waits(how, lock, arrived, ended) {
  bump(arrived);
  try {
    if (how === "sleep") sleep(LONG);
    if (how === "sleepAsync") await sleepAsync(LONG);
    if (how === "acquire") lock.acquire();
    if (how === "acquireAsync") await lock.acquireAsync();
    if (how === "wait") new Event().wait(LONG);
    if (how === "waitAsync") await new Event().waitAsync();
  } finally {
    ended.add(1);
  }
});

/** Fails on account of being told to end. */
export const failLate: Task<(arrived: AtomicInt32, message: string) => void> =
  task(import.meta, function failLate(arrived, message) {
    bump(arrived);
    try {
      sleep(LONG);
    } catch (cause) {
      throw new TypeError(message, { cause });
    }
  });

/** Works between waits until the token is cancelled. */
export const works: Task<(token: CancelToken, arrived: AtomicInt32) => void> =
  task(import.meta, function works(token, arrived) {
    bump(arrived);
    for (;;) token.throwIfCancelled();
  });

/** Is cancelled by a token that has nothing to do with its scope. */
export const cancelsItself: Task<() => void> = task(
  import.meta,
  function cancelsItself() {
    const token = new CancelToken();
    token.cancel();
    sleep(LONG, { token });
  },
);

/** Has a scope of its own, with a thread that waits; says how it was left. */
export const nests: Task<
  (
    face: Face,
    lock: Lock,
    arrived: AtomicInt32,
    ended: AtomicInt32,
  ) => Promise<string>
> = task(import.meta, async function nests(face, lock, arrived, ended) {
  const scope = new ThreadScope();
  scope.start(waits, "acquire", lock, arrived, ended);
  let thrown = "nothing";
  try {
    if (face === "sync") scope[Symbol.dispose]();
    else await scope[Symbol.asyncDispose]();
  } catch (error) {
    thrown = (error as Error).name;
  }
  return `${thrown}, ${ended.load()} ended`;
});

/** Has a scope of its own in which a thread fails. */
export const failsWithin: Task<(event: Event) => void> = task(
  import.meta,
  function failsWithin(event) {
    new ThreadScope().run((scope) => {
      scope.start(failAfter, event, "deep below");
    });
  },
);
