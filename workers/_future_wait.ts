/**
 * Waiting for several futures.
 *
 * Where all of them were submitted here to one pool, the realm's bell there wakes who
 * waits; else it looks every 20 ms, as no thread can sleep on two words.
 *
 * @module
 */

import {
  type AsyncWaitOptions,
  countdown,
  type WaitOptions,
} from "../primitives/_park.ts";
import {
  milliseconds,
  optionBag,
  show,
  waitOptions,
} from "../primitives/_validate.ts";
import { TimeoutError } from "../primitives/errors.ts";
import type { Client } from "./_client.ts";
import { behind, type Future } from "./future.ts";
import type { Job } from "./_job.ts";

/** When a wait for futures ends: when all are done, the first one is, or the first one has failed. */
export type ReturnWhen = "all" | "first" | "firstError";

/** How `Future.wait` waits. */
export interface FutureWait extends WaitOptions {
  /** When it ends; `"all"` if left out. `"firstError"` too ends when all are done. */
  returnWhen?: ReturnWhen;
}

/** How `Future.waitAsync` waits. */
export interface FutureWaitAsync extends AsyncWaitOptions {
  /** When it ends; `"all"` if left out. `"firstError"` too ends when all are done. */
  returnWhen?: ReturnWhen;
}

/** Which futures are done, and which are not. */
export interface FutureSets<T> {
  /** Those that are finished or cancelled. */
  done: Set<Future<T>>;
  /** Those that are not. */
  notDone: Set<Future<T>>;
}

/** A future that is done; not the future alone, since a loop that awaits would await that too. */
export interface Completion<T> {
  /** The future. */
  readonly future: Future<T>;
}

/** Futures as they get done; by blocking, or by awaiting. */
export interface Completed<T>
  extends Iterable<Completion<T>>, AsyncIterable<Completion<T>> {}

/** Some futures, in the order in which they get done. */
export class Watcher<T> {
  readonly notDone: Set<Future<T>>;
  /** Whether one has failed. */
  failed = false;
  /** Those that are done, in that order, from `#next` on. */
  #done: Future<T>[] = [];
  #next = 0;
  /** The jobs of those that are not, and how to watch them no more. */
  readonly #jobs = new Map<Job, { client: Client; forget: () => void }>();
  readonly #clients = new Set<Client>();
  readonly #handed = new Set<Job>();
  /** Those that no await of this has listened to. */
  #unheard: Job[] = [];

  constructor(action: string, futures: Iterable<Future<T>>) {
    if (
      typeof (futures as Iterable<unknown>)?.[Symbol.iterator] !== "function"
    ) {
      throw new TypeError(
        `Cannot ${action}: 'futures' must be iterable, received ${
          show(futures)
        }`,
      );
    }
    this.notDone = new Set(futures);
    for (const future of this.notDone) {
      if (future?.kind === "Future") continue;
      throw new TypeError(
        `Cannot ${action}: 'futures' must be Futures, received ${show(future)}`,
      );
    }
    for (const future of this.notDone) this.#watch(future);
  }

  /** How many are done and were not taken. */
  get ready(): number {
    return this.#done.length - this.#next;
  }

  /** Watches one more. */
  add(future: Future<T>): void {
    this.notDone.add(future);
    this.#watch(future);
  }

  /** Takes the next one that is done, if there is one. */
  take(): Future<T> | undefined {
    if (this.ready > 0) return this.#done[this.#next++];
    this.#done = [];
    this.#next = 0;
    return undefined;
  }

  /** Watches nothing any more; returns those that are done and were not taken. */
  end(): Future<T>[] {
    for (const { forget } of this.#jobs.values()) forget();
    this.#jobs.clear();
    return this.#done.slice(this.#next);
  }

  /** Blocks until `enough`; false if the time is up. */
  block(
    enough: () => boolean,
    options: AsyncWaitOptions,
    action: string,
  ): boolean {
    const [client] = this.#clients, done = () => this.#looks(enough);
    if (client === undefined || done()) return true;
    if (options.timeout === 0) return false;
    return client.waitFor(done, options, action, this.#hasty);
  }

  /** Waits like `block`, without blocking the thread. */
  async settle(
    enough: () => boolean,
    options: AsyncWaitOptions,
  ): Promise<boolean> {
    options.signal?.throwIfAborted();
    const [client] = this.#clients;
    const done = () => {
      for (const client of this.#clients) client.collect();
      return enough();
    };
    if (client === undefined || done()) return true;
    if (options.timeout === 0) return false;
    for (const job of this.#unheard) {
      this.#jobs.get(job)?.client.listenTo(job);
    }
    this.#unheard = [];
    return await client.settleFor(done, options, this.#hasty);
  }

  /** Whether no word wakes for all of them. */
  get #hasty(): boolean {
    return this.#handed.size > 0 || this.#clients.size > 1;
  }

  #watch(future: Future<T>): void {
    const { job, client } = behind(future);
    const forget = job.onEnd(() => {
      this.#jobs.delete(job);
      this.#handed.delete(job);
      this.notDone.delete(future);
      this.#done.push(future);
      if (job.ending!.type === "error") this.failed = true;
    });
    if (!this.notDone.has(future)) return;
    this.#jobs.set(job, { client, forget });
    this.#clients.add(client);
    this.#unheard.push(job);
    if (job.handed) this.#handed.add(job);
  }

  #looks(enough: () => boolean): boolean {
    for (const client of this.#clients) client.collect();
    for (const job of [...this.#handed]) if (job.look()) job.tell();
    for (const client of this.#clients) {
      if (enough()) return true;
      // Elsewhere others run them.
      if (client.helper !== undefined) client.help(this.#jobsOf(client));
    }
    return enough();
  }

  *#jobsOf(wanted: Client): Iterable<Job> {
    for (const [job, { client }] of this.#jobs) {
      if (client === wanted) yield job;
    }
  }
}

/** See `Future.wait`. */
export function waitForFutures<T>(
  futures: Iterable<Future<T>>,
  options?: FutureWait,
): FutureSets<T> {
  const action = "wait for Futures";
  const bag = waitOptions(action, options, false) as FutureWait;
  const when = whenOf(action, bag.returnWhen);
  const watcher = new Watcher(action, futures);
  try {
    watcher.block(enoughFor(watcher, when), bag as AsyncWaitOptions, action);
  } finally {
    watcher.end();
  }
  return setsOf(watcher);
}

/** See `Future.waitAsync`. */
export async function waitForFuturesAsync<T>(
  futures: Iterable<Future<T>>,
  options?: FutureWaitAsync,
): Promise<FutureSets<T>> {
  const action = "wait for Futures";
  const bag = waitOptions(action, options, true) as FutureWaitAsync;
  const when = whenOf(action, bag.returnWhen);
  const watcher = new Watcher(action, futures);
  try {
    await watcher.settle(enoughFor(watcher, when), bag);
  } finally {
    watcher.end();
  }
  return setsOf(watcher);
}

/** See `Future.asCompleted`. */
export function asCompleted<T>(
  futures: Iterable<Future<T>>,
  options?: { timeout?: number },
): Completed<T> {
  const action = "iterate over Futures";
  const { timeout } = optionBag(action, options) as { timeout?: number };
  milliseconds(action, "timeout", timeout);
  const left = countdown(timeout);
  const watcher = new Watcher(action, futures);
  const total = watcher.notDone.size + watcher.ready;
  const some = () => watcher.ready > 0;
  let ended = false;
  const open = () => !ended && (some() || watcher.notDone.size > 0);
  const end = () => {
    ended = true;
    watcher.end();
  };
  const late = () =>
    new TimeoutError(
      `Cannot ${action}: ${watcher.notDone.size} (of ${total}) futures unfinished, and the time is up`,
    );
  return {
    *[Symbol.iterator]() {
      try {
        while (open()) {
          if (!watcher.block(some, { timeout: left() }, action)) throw late();
          yield { future: watcher.take()! };
        }
      } finally {
        end();
      }
    },
    async *[Symbol.asyncIterator]() {
      try {
        while (open()) {
          if (!await watcher.settle(some, { timeout: left() })) throw late();
          yield { future: watcher.take()! };
        }
      } finally {
        end();
      }
    },
  };
}

function whenOf(action: string, when: unknown = "all"): ReturnWhen {
  if (when === "all" || when === "first" || when === "firstError") return when;
  throw new TypeError(
    `Cannot ${action}: 'returnWhen' must be "all", "first" or "firstError", received ${
      show(when)
    }`,
  );
}

function enoughFor<T>(watcher: Watcher<T>, when: ReturnWhen): () => boolean {
  return () =>
    watcher.notDone.size === 0 ||
    when === "first" && watcher.ready > 0 ||
    when === "firstError" && watcher.failed;
}

function setsOf<T>(watcher: Watcher<T>): FutureSets<T> {
  return { done: new Set(watcher.end()), notDone: new Set(watcher.notDone) };
}
