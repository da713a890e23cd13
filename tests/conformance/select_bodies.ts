import {
  type Arm,
  type AsyncWaitOptions,
  type Channel,
  select,
  selectAsync,
  type Task,
  task,
  trySelect,
  type WaitOptions,
} from "@interlock/threading";
import type { Face } from "../support/stage.ts";
import { receive, send } from "./channel_bodies.ts";

type Body<A extends unknown[], R> = Task<
  (face: Face, ...args: A) => Promise<R>
>;

/** What came about. */
export interface Fired {
  index: number;
  value?: unknown;
  closed?: true;
}

/** `select` on a face. */
export async function selectOn(
  face: Face,
  arms: readonly Arm[],
  wait?: number | WaitOptions,
): Promise<Fired> {
  const fired = face === "sync"
    ? select(arms, wait)
    : await selectAsync(arms, wait as AsyncWaitOptions);
  return fired as Fired;
}

/** Selects once. */
export const selectOnce: Body<[Arm[], number], Fired> = task(
  import.meta,
  async function selectOnce(face, arms, timeout) {
    return await selectOn(face, arms, timeout);
  },
);

/** Selects among receives until all channels are closed; what came from each. */
export const selectAll: Body<[Channel<number>[]], number[][]> = task(
  import.meta,
  async function selectAll(face, channels) {
    const items: number[][] = channels.map(() => []);
    const open = new Set(channels);
    while (open.size > 0) {
      const arms = [...open].map((channel) => ({ receive: channel }));
      const fired = await selectOn(face, arms, 10_000);
      const { receive } = arms[fired.index]!;
      if (fired.closed) open.delete(receive);
      else items[channels.indexOf(receive)]!.push(fired.value as number);
    }
    return items;
  },
);

/** Sends its numbers, each to whichever channel takes it first. */
export const sendAny: Body<[Channel<number>[], number, number], void> = task(
  import.meta,
  async function sendAny(face, channels, producer, n) {
    for (let i = 0; i < n; i++) {
      const value = producer * 100_000 + i;
      await selectOn(
        face,
        channels.map((channel) => ({ send: channel, value })),
        10_000,
      );
    }
  },
);

/** So often: sends its number and receives that of another, in the order that comes about. */
export const swap: Body<[Channel<number>, number, number], number[]> = task(
  import.meta,
  async function swap(face, channel, me, n) {
    const seen: number[] = [];
    for (let i = 0; i < n; i++) {
      const fired = await selectOn(face, [
        { send: channel, value: me },
        { receive: channel },
      ], 10_000);
      if (fired.index === 1) seen.push(fired.value as number);
    }
    return seen;
  },
);

/** Sends one item, or receives one. */
export const one: Body<[Channel<number>, "send" | "receive", number], unknown> =
  task(import.meta, async function one(face, channel, what, item) {
    return what === "send"
      ? await send(face, channel, item, 10_000)
      : await receive(face, channel, 10_000);
  });

/** How often of so many attempts none was possible, though an item or room was there. */
export const alwaysReady: Body<
  [Channel<number>, Channel<number>, number],
  number
> = task(import.meta, async function alwaysReady(face, kept, other, n) {
  let missed = 0;
  for (let i = 0; i < n; i++) {
    const arms: Arm[] = [
      { receive: other },
      { receive: kept },
      { send: kept, value: i },
    ];
    if (trySelect(arms) === undefined) missed++;
    try {
      await selectOn(face, arms, 0);
    } catch {
      missed++;
    }
  }
  return missed;
});
