/**
 * select: of several sends and receives, whichever is possible first.
 *
 * Words, states, invariants and progress are those of `_select_state.ts`; this file is
 * the face of it.
 *
 * *Source* · Go's `select`, and that of Rust's crossbeam. Python has none.
 *
 * @module
 */

import { type Port, Receiving, Sending } from "./_channel_port.ts";
import {
  type AsyncWaitOptions,
  block,
  settle,
  type WaitOptions,
} from "./_park.ts";
import { SHUT_DOWN } from "./_queue_state.ts";
import { type SelectArm, Selection } from "./_select_state.ts";
import { show, waitOptions } from "./_validate.ts";
import { type Channel, portOf } from "./channel.ts";
import { TimeoutError } from "./errors.ts";

/** An arm of a {@linkcode select} that receives from a channel. */
export interface ReceiveArm<T = unknown> {
  /** The channel to receive from. */
  receive: Channel<T>;
  /** Not in this arm. */
  send?: never;
}

/** An arm of a {@linkcode select} that sends to a channel. */
export interface SendArm<T = unknown> {
  /** The channel to send to. */
  send: Channel<T>;
  /** What to send, if it is this arm that comes about. */
  value: T;
  /** Not in this arm. */
  receive?: never;
}

/** An arm of a {@linkcode select}. */
// deno-lint-ignore no-explicit-any
export type Arm = ReceiveArm<any> | SendArm<any>;

/** The arms, where each value is one that its channel takes. */
export type Arms<A extends readonly Arm[]> = {
  readonly [I in keyof A]: A[I] extends { send: Channel<infer T> } ? SendArm<T>
    : A[I];
};

/** What came about, for each of the arms: its place among them, and what it received, or that its channel is closed. */
export type Selected<A extends readonly Arm[]> = {
  [I in keyof A]: Fired<
    A[I],
    I extends `${infer N extends number}` ? N : number
  >;
}[number];

/** What came about, if it was this arm. */
export type Fired<A, I> =
  | { index: I; closed: true; value?: undefined }
  | (A extends { receive: Channel<infer T> }
    ? { index: I; value: T; closed?: undefined }
    : { index: I; value?: undefined; closed?: undefined });

/**
 * Does one of several sends and receives, the first that is possible; blocks until one is.
 *
 * The arms are `{ receive: channel }` and `{ send: channel, value }`. One of them comes
 * about, and the others do nothing; of several that are possible each is as likely. The
 * result has its `index`, the `value` of a receive, and `closed: true` if the channel is
 * closed, and empty where the arm receives: such an arm is always possible.
 *
 * At a channel that keeps nothing an arm meets whoever waits in `send`, `receive` or
 * `select`. Attempts meet less: `trySend` never meets an arm that receives, and of the arms
 * that send to such channels `tryReceive` finds one at a time. With workers that were not
 * started by a Thread, a select may notice what they do later: once by up to a second, and from
 * then on by 20 ms.
 *
 * Memory: what a thread did before it sent an item is visible to who receives it.
 *
 * @example Usage
 * ```ts
 * import { Channel, select } from "@interlock/threading";
 *
 * const orders = new Channel<string>({ maxSize: 1 }), ends = new Channel<never>();
 * orders.send("tea");
 * const fired = select([{ receive: orders }, { receive: ends }], 1000);
 * if (fired.index === 0 && !fired.closed) console.log(fired.value); // tea
 * ```
 *
 * @throws {TimeoutError} if the timeout, in milliseconds, passes first; then no arm came about.
 * @throws {QueueFullError | TypeError} if an item that is to be sent is too large, or
 * cannot be copied; then nothing was tried.
 * @throws {WouldBlockError} where blocking is forbidden; use `selectAsync`.
 */
export function select<A extends readonly Arm[] | readonly []>(
  arms: Arms<A>,
  wait?: number | WaitOptions,
): Selected<A> {
  const options = waitOptions(SELECT, wait, false);
  const prepared = prepare(arms, options);
  try {
    const selection = new Selection(prepared), { timeout } = options;
    const done = selection.attempt() ?? (timeout !== 0 &&
      block(selection.untilDone(), options, SELECT, "selectAsync"));
    return outcomeOf(done) as Selected<A>;
  } finally {
    end(prepared);
  }
}

/** Selects like {@linkcode select}, without blocking the thread. */
export async function selectAsync<A extends readonly Arm[] | readonly []>(
  arms: Arms<A>,
  wait?: number | AsyncWaitOptions,
): Promise<Selected<A>> {
  const options = waitOptions(SELECT, wait, true);
  const prepared = prepare(arms, options);
  try {
    options.signal?.throwIfAborted();
    const selection = new Selection(prepared), { timeout } = options;
    const done = selection.attempt() ?? (timeout !== 0 &&
      await settle(selection.untilDone(), options));
    return outcomeOf(done) as Selected<A>;
  } finally {
    end(prepared);
  }
}

/**
 * Does one of several sends and receives, if one is possible now; undefined if none is.
 * Does not wait. See {@linkcode select}.
 */
export function trySelect<A extends readonly Arm[] | readonly []>(
  arms: Arms<A>,
): Selected<A> | undefined {
  const prepared = prepare(arms, { timeout: 0 });
  try {
    const done = new Selection(prepared).attempt();
    return done && outcomeOf(done) as Selected<A>;
  } finally {
    end(prepared);
  }
}

const SELECT = "select";

/** The arms, checked, and with what is to be sent in bytes. */
function prepare(
  arms: readonly Arm[],
  { timeout = Infinity, signal, token }: AsyncWaitOptions,
): SelectArm[] {
  if (!Array.isArray(arms)) {
    throw new TypeError(
      `Cannot select: 'arms' must be an array, received ${show(arms)}`,
    );
  }
  if (arms.length === 0 && timeout === Infinity && !signal && !token) {
    throw new RangeError(
      "Cannot select: 'arms' must not be empty if nothing ends the wait, received an array of 0",
    );
  }
  const ports = arms.map((arm, index) => portAt(arm, index));
  const prepared: SelectArm[] = [];
  try {
    for (const [index, arm] of (arms as readonly Arm[]).entries()) {
      const port = ports[index]!, { key } = port.state.takers;
      const own = ports.filter(({ state }, i) =>
        isReceive(arms[i]) && state.takers.key === key
      ).length;
      prepared.push(
        isReceive(arm)
          ? { index, port, sends: false, move: new Receiving(port) }
          : {
            index,
            port,
            sends: true,
            move: Sending.of(port, SELECT, arm.value, own),
          },
      );
    }
  } catch (error) {
    end(prepared);
    throw error;
  }
  return prepared;
}

// deno-lint-ignore no-explicit-any
function isReceive(arm: Arm): arm is ReceiveArm<any> {
  return arm.receive !== undefined;
}

function portAt(arm: unknown, index: number): Port<unknown> {
  const { receive, send } = (arm ?? {}) as Partial<Arm>;
  const channel = receive ?? send;
  const one = receive === undefined || send === undefined;
  if (one && (channel as Partial<Channel> | undefined)?.kind === "Channel") {
    return portOf(channel as Channel);
  }
  throw new TypeError(
    `Cannot select: 'arms[${index}]' must be { receive: channel } or { send: channel, value }, received ${
      show(arm)
    }`,
  );
}

/** Gives back what the arms needed. */
function end(arms: readonly SelectArm[]): void {
  for (const arm of arms) if (arm.sends) arm.move.end();
}

/** What the user gets of the arm that came about. */
function outcomeOf(arm: SelectArm | false): unknown {
  if (arm === false) throw new TimeoutError("Cannot select: the time is up");
  const { index, move, sends } = arm;
  if (move.outcome === SHUT_DOWN) return { index, closed: true };
  move.check();
  return sends ? { index } : { index, value: move.item };
}
