/**
 * Results: what the calls of `map` return, in order or as they come.
 *
 * *Source* · Python's `Executor.map`: inputs are taken at the call, the timeout counts
 * from there, the first error is thrown in its place, and leaving the loop cancels what
 * is pending. Differences: an error of the inputs comes after the results of those before
 * it; the order, the progress and the second face are this project's.
 *
 * @module
 */

import { countdown } from "../primitives/_park.ts";
import {
  callable,
  flag,
  integer,
  optionBag,
  show,
  waitOptions,
} from "../primitives/_validate.ts";
import { TimeoutError } from "../primitives/errors.ts";
import { Watcher } from "./_future_wait.ts";
import type { Future } from "./future.ts";
import { type Several, thrownOf } from "./_runner.ts";

/** How `map` and `starmap` submit. */
export interface MapOptions {
  /** The longest time from the call until the last result, in milliseconds; for ever if left out. */
  timeout?: number;
  /** How many inputs a thread takes at once; 1 if left out. More are faster where a call takes microseconds. */
  chunkSize?: number;
  /** How many inputs are taken before their results are asked for; all, at the call, if left out. */
  bufferSize?: number;
  /** Whether the results are in the order of the inputs, and not as they come; true if left out. */
  ordered?: boolean;
  /** Cancels what is pending when it is aborted; a loop that awaits then throws its reason. */
  signal?: AbortSignal;
  /** Is told how many inputs are done, and of how many, if that is known yet. */
  onProgress?: (done: number, total: number | undefined) => void;
}

/** Submits a call for each input of a chunk, or a single one. */
type Submit = (chunk: unknown[], single: boolean) => Future<unknown>;

/** Calls that were submitted together. */
interface Entry {
  readonly future: Future<unknown>;
  readonly single: boolean;
  readonly size: number;
}

type Item<T> = { readonly value: T } | { readonly error: unknown };

/**
 * The results of `map`: `for` blocks until the next one is there, `for await` awaits it.
 *
 * It is gone through once. Leaving a loop early cancels what no thread has begun.
 */
export class Results<T> implements Iterable<T>, AsyncIterable<T>, Disposable {
  readonly #action: string;
  readonly #submit: Submit;
  readonly #inputs: Iterator<unknown>;
  readonly #left: () => number;
  readonly #chunkSize: number;
  readonly #bufferSize: number;
  readonly #ordered: boolean;
  readonly #signal: AbortSignal | undefined;
  #onProgress: MapOptions["onProgress"];
  readonly #watcher: Watcher<unknown>;
  /** What was submitted and not read, in the order of the inputs. */
  #entries: Entry[] = [];
  #next = 0;
  /** The same by their future, where they come in no order. */
  readonly #byFuture = new Map<Future<unknown>, Entry>();
  /** How many there are. */
  #open = 0;
  /** What was read and not given out. */
  #items: Item<T>[] = [];
  #at = 0;
  #waiting = 0;
  #done = 0;
  #taken = 0;
  #total: number | undefined;
  #exhausted = false;
  /** What the inputs threw. */
  #failure: { readonly error: unknown } | undefined;

  /** For the modules of this package: see {@linkcode ThreadPoolExecutor.map}. */
  constructor(
    action: string,
    inputs: Iterable<unknown>,
    options: MapOptions | undefined,
    submit: Submit,
  ) {
    const bag = optionBag(action, options) as MapOptions;
    const { chunkSize = 1, bufferSize = Infinity, onProgress } = bag;
    const { timeout, signal } = waitOptions(action, bag, true);
    integer(action, "chunkSize", chunkSize, 1);
    if (bufferSize !== Infinity) integer(action, "bufferSize", bufferSize, 1);
    if (onProgress !== undefined) callable(action, "onProgress", onProgress);
    const ordered = bag.ordered === undefined ||
      flag(action, "ordered", bag.ordered);
    if (typeof Object(inputs)[Symbol.iterator] !== "function") {
      throw new TypeError(
        `Cannot ${action}: 'inputs' must be iterable, received ${show(inputs)}`,
      );
    }
    signal?.throwIfAborted();
    this.#action = action;
    this.#submit = submit;
    this.#chunkSize = chunkSize;
    this.#bufferSize = Math.max(bufferSize, chunkSize);
    this.#ordered = ordered;
    this.#signal = signal;
    this.#onProgress = onProgress;
    this.#left = countdown(timeout);
    this.#watcher = new Watcher(action, []);
    if (Array.isArray(inputs)) this.#total = inputs.length;
    this.#inputs = inputs[Symbol.iterator]();
    signal?.addEventListener("abort", this.#onAbort);
    try {
      this.#fill();
    } catch (error) {
      this.cancel();
      throw error;
    }
  }

  /** Cancels what no thread has begun, and ends the loop. Does not block. */
  cancel(): void {
    const open = !this.#exhausted;
    this.#exhausted = true;
    this.#onProgress = undefined;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    const left = this.#ordered
      ? this.#entries.slice(this.#next).map(({ future }) => future)
      : [...this.#byFuture.keys()];
    this.#entries = [];
    this.#byFuture.clear();
    this.#next = this.#open = 0;
    this.#items = [];
    this.#at = 0;
    this.#failure = undefined;
    for (const future of left) future.cancel();
    this.#watcher.end();
    if (open) this.#inputs.return?.();
  }

  /** Cancels what no thread has begun. */
  [Symbol.dispose](): void {
    this.cancel();
  }

  /** Blocks until all results are there. */
  toArray(): T[] {
    const all: T[] = [];
    try {
      do {
        for (let item = this.#ready(); item; item = this.#ready()) {
          all.push(valueOf(item));
        }
      } while (this.#wait());
    } finally {
      this.cancel();
    }
    return all;
  }

  /** Waits until all results are there. */
  async toArrayAsync(): Promise<T[]> {
    const all: T[] = [];
    try {
      do {
        for (let item = this.#ready(); item; item = this.#ready()) {
          all.push(valueOf(item));
        }
      } while (await this.#waitAsync());
    } finally {
      this.cancel();
    }
    return all;
  }

  /** Blocks until the next result is there. */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    try {
      do {
        for (let item = this.#ready(); item; item = this.#ready()) {
          yield valueOf(item);
        }
      } while (this.#wait());
    } finally {
      this.cancel();
    }
  }

  /** Awaits the next result. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    try {
      do {
        for (let item = this.#ready(); item; item = this.#ready()) {
          yield valueOf(item);
        }
      } while (await this.#waitAsync());
    } finally {
      this.cancel();
    }
  }

  /** Blocks until a result is there; false if none will be. */
  #wait(): boolean {
    if (this.#open === 0) return false;
    const limits = { timeout: this.#left() };
    if (this.#watcher.block(this.#some, limits, this.#action)) return true;
    throw this.#late();
  }

  /** Waits like `#wait`, without blocking the thread. */
  async #waitAsync(): Promise<boolean> {
    if (this.#open === 0) return false;
    const signal = this.#signal;
    const limits = { timeout: this.#left(), ...(signal && { signal }) };
    if (await this.#watcher.settle(this.#some, limits)) return true;
    throw this.#late();
  }

  readonly #onAbort = () => {
    const { reason } = this.#signal!;
    this.cancel();
    this.#items = [{ error: reason }];
  };

  /** Whether a result is there that comes next. */
  readonly #some = () => {
    if (!this.#ordered) return this.#watcher.ready > 0;
    const first = this.#entries[this.#next];
    return first === undefined || first.future.done;
  };

  /** The next result, if it is there. */
  #ready(): Item<T> | undefined {
    while (this.#at === this.#items.length) {
      this.#items.length = this.#at = 0;
      if (this.#open === 0) {
        const failure = this.#failure;
        this.#failure = undefined;
        return failure;
      }
      if (!this.#some()) return undefined;
      const entry = this.#take();
      this.#open--;
      this.#waiting -= entry.size;
      this.#read(entry);
      this.#fill();
    }
    return this.#items[this.#at++];
  }

  /** Takes the entry whose result comes next; it is done. */
  #take(): Entry {
    if (!this.#ordered) {
      const future = this.#watcher.take()!, entry = this.#byFuture.get(future)!;
      this.#byFuture.delete(future);
      return entry;
    }
    while (this.#watcher.take() !== undefined);
    const entry = this.#entries[this.#next++]!;
    if (this.#next > 1024 && this.#next * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#next);
      this.#next = 0;
    }
    return entry;
  }

  #read({ future, single }: Entry): void {
    let outcome: unknown;
    try {
      outcome = future.result(0);
    } catch (error) {
      this.#items.push({ error });
      return;
    }
    if (single) {
      this.#items.push({ value: outcome as T });
      return;
    }
    const several = outcome as Several;
    for (const value of several.values) this.#items.push({ value: value as T });
    if (several.thrown !== undefined) {
      this.#items.push({ error: thrownOf(several) });
    }
  }

  /** Submits what may be submitted. */
  #fill(): void {
    while (!this.#exhausted && this.#waiting < this.#bufferSize) {
      const chunk = this.#chunk();
      if (chunk.length === 0) return;
      const single = this.#chunkSize === 1;
      let future: Future<unknown>;
      try {
        future = this.#submit(chunk, single);
      } catch (error) {
        // As an error of the inputs it comes after the results of those before.
        this.#exhausted = true;
        this.#failure = { error };
        this.#inputs.return?.();
        if (this.#open === 0) throw error;
        return;
      }
      const entry = { future, single, size: chunk.length };
      if (this.#ordered) this.#entries.push(entry);
      else this.#byFuture.set(future, entry);
      this.#open++;
      this.#waiting += chunk.length;
      this.#watcher.add(future);
      if (this.#onProgress === undefined) continue;
      future.onDone(() => {
        this.#done += chunk.length;
        this.#onProgress?.(this.#done, this.#total);
      });
    }
  }

  #chunk(): unknown[] {
    const chunk: unknown[] = [];
    try {
      while (chunk.length < this.#chunkSize) {
        const { done, value } = this.#inputs.next();
        if (done) {
          this.#exhausted = true;
          this.#total = this.#taken;
          break;
        }
        this.#taken++;
        chunk.push(value);
      }
    } catch (error) {
      this.#exhausted = true;
      this.#failure = { error };
    }
    return chunk;
  }

  #late(): TimeoutError {
    return new TimeoutError(
      `Cannot ${this.#action}: a result is not there, and the time is up`,
    );
  }
}

function valueOf<T>(item: Item<T>): T {
  if ("error" in item) throw item.error;
  return item.value;
}
