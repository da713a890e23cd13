import {
  type AtomicInt32,
  type Channel,
  ChannelClosedError,
  type Task,
  task,
  TimeoutError,
  type WaitOptions,
} from "@interlock/threading";
import type { Face } from "../support/stage.ts";
import { call, type Step } from "./queue_bodies.ts";

type Body<A extends unknown[], R> = Task<
  (face: Face, ...args: A) => Promise<R>
>;

/** A call of a method of a channel, for {@linkcode call} and what makes calls with it. */
export function step(
  channel: Channel<never>,
  method: string,
  ...args: unknown[]
): Step {
  return [channel, method, ...args] as unknown as Step;
}

/** `send` on a face. */
export async function send<T>(
  face: Face,
  channel: Channel<T>,
  item: T,
  wait?: number | WaitOptions,
): Promise<void> {
  await call(face, ...step(channel as Channel<never>, "send", item, wait));
}

/** `receive` on a face. */
export async function receive<T>(
  face: Face,
  channel: Channel<T>,
  wait?: number | WaitOptions,
): Promise<T> {
  return await call(
    face,
    ...step(channel as Channel<never>, "receive", wait),
  ) as T;
}

/** What comes before the number of an item: whose it is. */
export const EACH = 100_000;

/** So little time that most waits end without success, in milliseconds. */
const TINY = 0.01;

/** Sends so many numbers to each channel, all of its own; impatiently if it is to. */
export const produce: Body<[Channel<number>[], number, number, boolean], void> =
  task(
    import.meta,
    async function produce(face, channels, producer, n, impatient) {
      for (const channel of channels) {
        for (let i = 0; i < n; i++) {
          await patiently(() =>
            send(
              face,
              channel,
              producer * EACH + i,
              impatient ? TINY : undefined,
            )
          );
        }
      }
    },
  );

/** Receives from each channel until it is closed. */
export const consume: Body<[Channel<number>[], boolean], number[][]> = task(
  import.meta,
  async function consume(face, channels, impatient) {
    const all: number[][] = [];
    for (const channel of channels) {
      const items: number[] = [];
      try {
        for (;;) {
          items.push(
            await patiently(() =>
              receive(face, channel, impatient ? TINY : undefined)
            ),
          );
        }
      } catch (error) {
        if (!(error instanceof ChannelClosedError)) throw error;
      }
      all.push(items);
    }
    return all;
  },
);

/** Tries until the time is not up. */
async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
    }
  }
}

/** What a loop over the channel sees, until it ends, or it has seen so many. */
export const loop: Body<[Channel<number>, number], number[]> = task(
  import.meta,
  async function loop(face, channel, most) {
    const items: number[] = [];
    if (face === "sync") {
      for (const item of channel) {
        if (items.push(item) === most) break;
      }
    } else {
      for await (const item of channel) {
        if (items.push(item) === most) break;
      }
    }
    return items;
  },
);

/** Receives a channel, which its thread was given before, through a channel, and answers through that. */
export const answer: Body<
  [Channel<Channel<string>>, Channel<string>],
  void
> = task(
  import.meta,
  async function answer(face, channels, _given) {
    const channel = await receive(face, channels, 5000);
    await send(face, channel, "here");
  },
);

/** Tries to receive until the channel is closed; how many items there were. */
export const poll: Task<(channel: Channel<number>) => number> = task(
  import.meta,
  function poll(channel) {
    let n = 0;
    try {
      for (;;) if (channel.tryReceive() !== undefined) n++;
    } catch (error) {
      if (!(error instanceof ChannelClosedError)) throw error;
    }
    return n;
  },
);

/** Leaves requests and offers behind: a task waits for each when the thread ends. */
export const leaveBehind: Task<
  (from: Channel<number>, to: Channel<number>, waiting: AtomicInt32) => void
> = task(import.meta, async function leaveBehind(from, to, waiting) {
  from.receiveAsync().catch(() => {});
  to.sendAsync(7).catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 5));
  waiting.store(1);
  waiting.notify();
});
