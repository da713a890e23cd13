/**
 * Time and chance in the realm of a model thread: clocks, timers and random numbers
 * that are the same in every repetition.
 *
 * @module
 */

import type { Board } from "./_board.ts";
import { LONG } from "./_scheduler.ts";
import { Random } from "./_random.ts";

/** A delay that is no event. */
const NEVER = 0x7fffffff;
const EPOCH = Date.UTC(2020, 0, 1);

interface Timer {
  readonly id: number;
  readonly run: () => void;
  readonly every: number | undefined;
  readonly long: boolean;
  due: number;
}

/** The virtual time of one realm. */
export class VirtualTime {
  static #installed: VirtualTime | undefined;
  #board: Board;
  #active: () => boolean;
  #timers: Timer[] = [];
  #nextId = 1;
  #random: Random;

  /** Puts itself in the place of the realm's clocks, once; real ones serve while `active` is false. */
  static of(board: Board, active: () => boolean): VirtualTime {
    const time = VirtualTime.#installed ??= new VirtualTime(board, active);
    time.#board = board;
    time.#active = active;
    return time;
  }

  private constructor(board: Board, active: () => boolean) {
    this.#board = board;
    this.#active = active;
    this.#random = new Random(1);
    this.#install();
  }

  /** Begins an execution. */
  reset(thread: number): void {
    this.#timers = [];
    this.#nextId = 1;
    this.#random = new Random(thread + 1);
  }

  /** The timer that is due first. */
  get next(): { due: number; long: boolean } | undefined {
    return this.#first();
  }

  /** Runs the timer that is due first. */
  fire(): void {
    const timer = this.#first();
    if (!timer) return;
    if (timer.every === undefined) this.#clear(timer.id);
    else timer.due = this.#board.now + Math.max(timer.every, 1);
    timer.run();
  }

  #first(): Timer | undefined {
    let best: Timer | undefined;
    for (const timer of this.#timers) {
      if (!best || timer.due < best.due) best = timer;
    }
    return best;
  }

  #clear(id: unknown): void {
    this.#timers = this.#timers.filter((timer) => timer.id !== id);
  }

  #set(run: () => void, delay: number, repeats: boolean): number {
    const id = this.#nextId++;
    const ms = Number.isNaN(+delay) ? 0 : Math.max(0, +delay);
    if (ms >= NEVER) return id;
    this.#timers.push({
      id,
      run,
      every: repeats ? ms : undefined,
      long: ms >= LONG,
      due: this.#board.now + ms,
    });
    return id;
  }

  #install(): void {
    const scope = globalThis as unknown as Record<string, unknown>;
    const active = () => this.#active();
    const replace = (
      target: object,
      name: string,
      // deno-lint-ignore no-explicit-any
      virtual: (...args: any[]) => unknown,
    ) => {
      // deno-lint-ignore no-explicit-any
      const real = (target as any)[name];
      if (typeof real !== "function") return;
      Object.defineProperty(target, name, {
        configurable: true,
        writable: true,
        value: (...args: unknown[]) =>
          active() ? virtual(...args) : real.apply(target, args),
      });
    };
    const set = (repeats: boolean) =>
    // deno-lint-ignore no-explicit-any
    (run: (...args: any[]) => void, delay = 0, ...args: unknown[]) =>
      this.#set(() => run(...args), delay, repeats);
    replace(scope, "setTimeout", set(false));
    replace(scope, "setInterval", set(true));
    replace(scope, "clearTimeout", (id) => this.#clear(id));
    replace(scope, "clearInterval", (id) => this.#clear(id));
    replace(scope, "close", () => {
      throw new Error("A thread of a model cannot close itself: let it return");
    });
    replace(performance, "now", () => this.#board.now);
    replace(Math, "random", () => this.#random.fraction());
    replace(crypto, "getRandomValues", (array: ArrayBufferView) => {
      const bytes = new Uint8Array(
        array.buffer,
        array.byteOffset,
        array.byteLength,
      );
      for (let i = 0; i < bytes.length; i++) {
        bytes[i] = this.#random.int(0, 255);
      }
      return array;
    });
    replace(crypto, "randomUUID", () => {
      const hex = Array.from(
        { length: 32 },
        () => this.#random.int(0, 15).toString(16),
      ).join("");
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${
        hex.slice(17, 20)
      }-${hex.slice(20)}`;
    });
    replace(AbortSignal, "timeout", (ms: number) => {
      const controller = new AbortController();
      const error = new DOMException("Signal timed out.", "TimeoutError");
      this.#set(() => controller.abort(error), ms, false);
      return controller.signal;
    });
    const now = () => EPOCH + Math.floor(this.#board.now);
    const RealDate = Date;
    replace(RealDate, "now", now);
    scope.Date = new Proxy(RealDate, {
      construct: (target, args, newTarget) =>
        Reflect.construct(
          target,
          args.length === 0 && active() ? [now()] : args,
          newTarget,
        ),
      apply: (target) => active() ? new target(now()).toString() : target(),
    });
  }
}
