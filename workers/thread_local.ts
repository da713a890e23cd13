/**
 * ThreadLocal: a value that each thread has for itself.
 *
 * Every thread loads a module anew, so what a module makes at its top level is there
 * once per thread. This class adds the initialiser. Nothing of it is shared.
 *
 * *States*
 *
 * | value | init runs | means |
 * | --- | --- | --- |
 * | no | no | unset: the next `get()` calls `init` |
 * | no | yes | `init` must not ask for what it makes |
 * | yes | any | set |
 *
 * *Source* · Python's `threading.local`, with methods in place of attributes; an
 * initialiser as in `ThreadLocal.withInitial` of java.lang. A value that other threads
 * can read is a SharedLocal.
 *
 * @module
 */

import { callable } from "../primitives/_validate.ts";
import { SyncStateError } from "../primitives/errors.ts";

/**
 * A value that each thread has for itself, made in each by its initialiser when it is
 * first needed.
 *
 * Make it at the top level of a module: there each thread makes its own, so any code of
 * the thread can use it without having it passed. Use it for a connection, a cache, or
 * the request that the thread is at. All async tasks of one thread share it: what one of
 * them sets the others see, so it suits threads that do one thing after the other. It
 * cannot be passed to a thread; for values that other threads read use a SharedLocal.
 *
 * No method blocks. The value lives as long as its thread.
 *
 * @example Usage
 * ```ts
 * import { ThreadLocal } from "@interlock/threading";
 *
 * const seen = new ThreadLocal(() => new Set<string>()); // at the top level
 * seen.get().add("Ada"); // in any thread: it has a set of its own
 * ```
 */
export class ThreadLocal<T = unknown> {
  /** Makes structured clone refuse, with this sentence. */
  readonly notShareable: symbol = Symbol(
    "A ThreadLocal belongs to the thread that made it: make it at the top level of a module, or share a SharedLocal instead. It",
  );
  readonly #init: (() => T) | undefined;
  #held: { readonly value: T } | undefined;
  #running = false;

  /** Makes one without a value; without `init` it has none before `set()`. */
  constructor(init?: () => T) {
    this.#init = init === undefined
      ? undefined
      : callable("create ThreadLocal", "init", init);
  }

  /**
   * The value of this thread, made by `init` if it has none.
   *
   * `init` runs once per thread, and again only after `delete()`. If it throws, the
   * caller gets the error, there is no value, and the next `get()` calls it again. What
   * it returns is the value, also a promise: an async `init` makes a promise that all
   * of the thread's tasks await, and that stays if it rejects.
   *
   * @throws {SyncStateError} if there is no value and no `init`, or if `init` itself
   * asks for the value.
   */
  get(): T {
    return (this.#held ?? this.#make()).value;
  }

  /** Makes `value` the value of this thread. */
  set(value: T): void {
    this.#held = { value };
  }

  /** Takes the value of this thread away; false if it has none. The next `get()` calls `init`. */
  delete(): boolean {
    const had = this.has();
    this.#held = undefined;
    return had;
  }

  /** Whether this thread has a value; makes none. */
  has(): boolean {
    return this.#held !== undefined;
  }

  /** Whether this thread has a value; a snapshot. */
  toString(): string {
    return `ThreadLocal(${this.has() ? "set" : "unset"})`;
  }

  #make(): { readonly value: T } {
    const action = "Cannot get ThreadLocal";
    if (this.#init === undefined) {
      throw new SyncStateError(
        `${action}: this thread has set no value, and there is no 'init' to make one`,
      );
    }
    if (this.#running) {
      throw new SyncStateError(`${action}: its 'init' asks for what it makes`);
    }
    this.#running = true;
    try {
      return this.#held = { value: (0, this.#init)() };
    } finally {
      this.#running = false;
    }
  }
}
