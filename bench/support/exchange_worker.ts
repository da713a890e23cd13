/**
 * A producer or a consumer of small objects, for {@linkcode exchangeRatios}.
 *
 * @module
 */

import { type Handle, Queue, type QueueKind } from "../../mod.ts";
import { Receiver, Sender } from "./peer.ts";

/** What goes from a producer to a consumer. */
export interface Message {
  id: number;
  name: string;
  ok: boolean;
}

/** What the main thread posts, once. */
export interface Start {
  produces: boolean;
  queue: Handle<QueueKind>;
  /** The peer's end, as it makes itself ready for the way. */
  peer: unknown;
  port: MessagePort;
}

/** The contenders. */
export type Way = "ours" | "multithreading" | "postMessage";

/** A round: so many items by one way. */
export interface Round {
  way: Way;
  times: number;
}

/** What a consumer saw. */
export interface Report {
  count: number;
  sum: number;
}

type Loop = (times: number) => Report | Promise<Report>;

const scope = self as unknown as {
  onmessage: (event: MessageEvent) => void;
  postMessage(message: unknown): void;
  close(): void;
};

function makeProducers(start: Start): Record<Way, Loop> {
  const queue = Queue.from<Message>(start.queue), { port } = start;
  const peer = restore(Sender, start.peer);
  const loop = (send: (message: Message) => void) => (times: number) => {
    for (let id = 0; id < times; id++) send({ id, name: "abcdef", ok: true });
    return { count: 0, sum: 0 };
  };
  return {
    ours: loop((message) => queue.put(message)),
    multithreading: loop((message) => {
      peer.blockingSend(message);
    }),
    postMessage: loop((message) => port.postMessage(message)),
  };
}

function makeConsumers(start: Start): Record<Way, Loop> {
  const queue = Queue.from<Message>(start.queue), { port } = start;
  const peer = restore(Receiver, start.peer);
  const loop = (receive: () => unknown) => (times: number) => {
    const report = { count: 0, sum: 0 };
    while (report.count < times) note(report, receive());
    return report;
  };
  return {
    ours: loop(() => queue.get()),
    multithreading: loop(() => {
      const result = peer.blockingRecv();
      return result.ok ? result.value : undefined;
    }),
    postMessage: (times) => {
      const report = { count: 0, sum: 0 };
      return new Promise((resolve) => {
        port.onmessage = ({ data }) => {
          note(report, data);
          if (report.count === times) resolve(report);
        };
      });
    },
  };
}

function note(report: Report, message: unknown): void {
  const { id, name, ok } = (message ?? {}) as Partial<Message>;
  report.count++;
  if (name === "abcdef" && ok === true) report.sum += id!;
}

/** The peer's end, from what it made of itself; its functions for that have symbols as names. */
function restore<T>(end: { prototype: T }, serialized: unknown): T {
  const [name] = Object.getOwnPropertySymbols(end);
  const ends = end as unknown as Record<symbol, (from: unknown) => T>;
  return ends[name!]!(serialized);
}

scope.onmessage = ({ data }: MessageEvent<Start>) => {
  const loops = data.produces ? makeProducers(data) : makeConsumers(data);
  scope.onmessage = async ({ data: round }: MessageEvent<Round | null>) => {
    if (round === null) {
      data.port.close();
      return scope.close();
    }
    scope.postMessage(await loops[round.way](round.times));
  };
  scope.postMessage("ready");
};
