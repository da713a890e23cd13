/**
 * `Atomics` in the realm of a model thread: each operation is a scheduling point first,
 * and waits are those of the board.
 *
 * @module
 */

import {
  BLOCKED,
  DEAD,
  FLAGS,
  FREE,
  LATE,
  NOTIFIED,
  NOTIFY,
  OP,
  type Op,
  OPS,
  PAUSE,
  PLACE,
  QUIET,
  RESULT,
  RESUME,
  SLEEP_LATE,
  STATUS,
  TIME_OUT,
  TIMED_OUT,
  TRACED,
  WAIT,
  WAIT_ASYNC,
  WAKE,
  ZOMBIE,
} from "./_board.ts";
import { unwrap } from "./_checked_view.ts";
import type { IntView, Memory } from "./_memory.ts";
import { native } from "./_native.ts";
import { BOTH, READS, WRITES } from "./_races.ts";
import { GRACE, LONG } from "./_scheduler.ts";
import type { Turn } from "./_turn.ts";

type Native = (
  view: IntView,
  index: number,
  a?: number,
  b?: number,
) => number;

/** The emulated functions of one realm. */
export class EmulatedAtomics {
  readonly #turn: Turn;
  readonly #memory: Memory;
  /** What to resolve when an await arrives. */
  readonly #awaits = new Map<number, (result: string) => void>();
  #ticket = 0;

  constructor(turn: Turn, memory: Memory) {
    this.#turn = turn;
    this.#memory = memory;
  }

  /** Begins an execution. */
  reset(): void {
    this.#awaits.clear();
    this.#ticket = 0;
  }

  /** Resolves the await that arrived first. */
  deliver(): void {
    const turn = this.#turn;
    const { ticket, timedOut } = turn.scheduler.waits.arrival(turn.me)!;
    const outcome = timedOut ? "timed-out" : "ok";
    turn.races?.resumed(turn.me);
    turn.trace("awaited", -1, [], "", "", outcome);
    this.#awaits.get(ticket)?.(outcome);
    this.#awaits.delete(ticket);
  }

  /** Puts the emulated functions in the place of the real ones. */
  install(): void {
    const scope = Atomics as unknown as Record<string, unknown>;
    for (
      const name of [
        "load",
        "store",
        "add",
        "sub",
        "and",
        "or",
        "xor",
        "exchange",
        "compareExchange",
      ] as const
    ) scope[name] = this.#access(name);
    scope.wait = this.#wait;
    scope.waitAsync = this.#waitAsync;
    scope.notify = this.#notify;
    scope.pause = this.#pause;
  }

  #access(name: Op & keyof typeof native): Native {
    const real = native[name] as unknown as Native;
    const op = OPS.indexOf(name), words = this.#turn.words;
    const how = name === "load" ? READS : name === "store" ? WRITES : BOTH;
    return (given, index, a, b) => {
      const view = unwrap(given);
      if (!this.#turn.active || !inBounds(view, index)) {
        return real(view, index, a, b);
      }
      const place = this.#memory.placeOf(view, index);
      if (place < 0) return real(view, index, a, b);
      const size = view.BYTES_PER_ELEMENT;
      this.#turn.stop(op, place, size);
      const before = native.load(view, index);
      const result = real(view, index, a, b);
      const after = name === "load" ? before : native.load(view, index);
      const wrote = name === "compareExchange"
        ? result === convert(view, a!)
        : how !== READS;
      this.#memory.touch(place, size, wrote);
      this.#turn.scheduler.done(this.#turn.me, place, before !== after);
      if (this.#turn.races) {
        this.#turn.race(
          place,
          this.#turn.races.atomic(
            this.#turn.me,
            place,
            size,
            wrote ? how : READS,
          ),
        );
      }
      if (words[FLAGS]! & TRACED) {
        const args = name === "load"
          ? []
          : name === "compareExchange"
          ? [a, b]
          : [a];
        this.#turn.trace(name, place, args, before, after, result);
      }
      return result;
    };
  }

  readonly #pause = (): void => {
    if (!this.#turn.active) return;
    this.#turn.scheduler.pause(this.#turn.me);
    this.#turn.stop(PAUSE, 0, 0);
    this.#turn.scheduler.done(this.#turn.me, -1, false);
    this.#turn.trace("pause");
  };

  readonly #wait = (
    given: IntView,
    index: number,
    value: number,
    timeout = Infinity,
  ): string => {
    const view = unwrap(given), turn = this.#turn;
    if (!turn.active || !canWait(view, index)) {
      return native.wait(view, index, value, timeout);
    }
    const { words, t, me, board, scheduler } = turn;
    const place = this.#memory.placeOf(view, index);
    const limit = Number.isNaN(+timeout) ? Infinity : +timeout;
    const awake = this.#look(WAIT, view, place, index, value, limit);
    if (awake !== undefined) return awake;
    const deadline = board.now + limit;
    const outcome = scheduler.outcome(me, limit < LONG);
    if (outcome < 0) turn.leave(-outcome);
    const limits = limit === Infinity ? [] : [`${limit} ms`];
    turn.trace("wait", place, [value, ...limits], value, value, "sleeps");
    words[t + OP] = RESUME;
    words[t + PLACE] = place;
    words[t + LATE] = outcome === SLEEP_LATE ? 1 : 0;
    if (outcome === TIME_OUT || outcome === WAKE) {
      words[t + RESULT] = outcome === WAKE ? NOTIFIED : TIMED_OUT;
      words[FREE] = 1;
      if (outcome === TIME_OUT) scheduler.advance(deadline);
    } else {
      const end = outcome === SLEEP_LATE ? deadline + GRACE : deadline;
      scheduler.waits.enlist(me, place, low(value), 0, end);
      words[t + STATUS] = outcome === ZOMBIE ? DEAD : BLOCKED;
      if (outcome === ZOMBIE) turn.died("dies asleep");
      words[QUIET] = 0;
    }
    turn.away();
    turn.goOn();
    turn.races?.resumed(me);
    turn.races?.queued(me, place);
    const late = words[t + LATE] === 1 && words[t + RESULT] === NOTIFIED;
    words[t + LATE] = 0;
    if (late) scheduler.advance(deadline + 1);
    const result = words[t + RESULT] === TIMED_OUT ? "timed-out" : "ok";
    turn.trace("goes on", place, [], "", "", result);
    return result;
  };

  readonly #waitAsync = (
    given: IntView,
    index: number,
    value: number,
    timeout = Infinity,
  ): unknown => {
    const view = unwrap(given), turn = this.#turn;
    if (!turn.active || !canWait(view, index)) {
      return native.waitAsync(view, index, value, timeout);
    }
    const place = this.#memory.placeOf(view, index);
    const limit = Number.isNaN(+timeout) ? Infinity : +timeout;
    const awake = this.#look(WAIT_ASYNC, view, place, index, value, limit);
    if (awake !== undefined) return { async: false, value: awake };
    const ticket = ++this.#ticket, deadline = turn.board.now + limit;
    const { waits } = turn.scheduler;
    waits.enlist(turn.me, place, low(value), ticket, deadline);
    turn.trace("waitAsync", place, [value], value, value, "awaits");
    return {
      async: true,
      value: new Promise((resolve) => this.#awaits.set(ticket, resolve)),
    };
  };

  /** Where a wait begins: the result of one that ends at once. */
  #look(
    op: typeof WAIT | typeof WAIT_ASYNC,
    view: IntView,
    place: number,
    index: number,
    value: number,
    limit: number,
  ): string | undefined {
    const turn = this.#turn, size = view.BYTES_PER_ELEMENT;
    turn.stop(op, place, size);
    this.#memory.touch(place, size, false);
    turn.races?.queued(turn.me, place);
    turn.races?.atomic(turn.me, place, size, READS);
    const found = native.load(view, index);
    const equal = found === convert(view, value);
    if (equal && limit > 0) return undefined;
    turn.scheduler.done(turn.me, place, false);
    const result = equal ? "timed-out" : "not-equal";
    turn.trace(OPS[op]!, place, [value], found, found, result);
    return result;
  }

  readonly #notify = (
    given: IntView,
    index: number,
    count = Infinity,
  ): number => {
    const view = unwrap(given);
    if (!this.#turn.active || !canWait(view, index)) {
      return native.notify(view, index, count);
    }
    const place = this.#memory.placeOf(view, index);
    this.#turn.stop(NOTIFY, place, view.BYTES_PER_ELEMENT);
    this.#memory.touch(place, view.BYTES_PER_ELEMENT, true);
    this.#turn.races?.queued(this.#turn.me, place);
    const most = Math.max(0, Math.trunc(Number(count)) || 0);
    const woken = this.#turn.scheduler.notify(place, most);
    this.#turn.scheduler.done(this.#turn.me, place, woken > 0);
    const value = native.load(view, index);
    this.#turn.trace("notify", place, [count], value, value, woken);
    return woken;
  };
}

/** Whether an operation on shared memory will find its word. */
function inBounds(view: unknown, index: unknown): view is IntView {
  return ArrayBuffer.isView(view) &&
    view.buffer instanceof SharedArrayBuffer &&
    Number.isInteger(index) && (index as number) >= 0 &&
    (index as number) < ((view as IntView).length ?? 0);
}

const WAITABLE = /^(Int32|BigInt64)Array$/;

function canWait(view: unknown, index: unknown): view is IntView {
  return inBounds(view, index) &&
    WAITABLE.test(view.constructor.name);
}

/** A value as the view would hold it. */
function convert(view: IntView, value: number): number {
  if (view instanceof Int32Array && typeof value === "number") return value | 0;
  const one = new (view.constructor as Int32ArrayConstructor)(1);
  one[0] = value;
  return one[0]!;
}

/** The lower half of a value, for messages. */
function low(value: number | bigint): number {
  return typeof value === "bigint" ? Number(value & 0xffffffffn) | 0 : value;
}
