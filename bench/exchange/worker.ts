/**
 * A worker that sends or receives items, or does both.
 *
 * @module
 */

import { counters, type Kind, makers, Tally } from "./items.ts";
import type { Loops } from "./loops.ts";
import { type Party, PATIENCE, type Ways } from "./way.ts";

/** Words: the number of the round that may begin, and whether one has failed. */
export const GO = 0, OVER = 16;

/** What the main thread posts, once. */
export interface Start {
  readonly control: Int32Array<SharedArrayBuffer>;
  readonly kind: Kind;
  /** The module that has the ways. */
  readonly module: string;
}

/** What a worker does in a round. */
export interface Share {
  readonly role: "send" | "receive" | "both";
  readonly first: number;
  readonly count: number;
}

/** One round. */
export interface Order extends Share {
  readonly round: number;
  /** Which contender of which case, and the name of its way. */
  readonly key: string;
  readonly way: string;
  readonly ordered: boolean;
  /** What is needed to open it, if it is new. */
  readonly opening?: { shared: unknown; ports: MessagePort[] };
}

/** How a round has ended. */
export type Ending = Pick<Tally, "count" | "sum" | "wrong">;

const parties = new Map<string, Party>();
const ports: MessagePort[] = [];

self.onmessage = async ({ data: start }: MessageEvent<Start>) => {
  const { ways } = await import(start.module) as { ways: Ways };
  self.onmessage = async ({ data }: MessageEvent<Order | null>) => {
    if (data === null) return end();
    try {
      self.postMessage(await run(start, ways, data));
    } catch (error) {
      self.postMessage(error);
    }
  };
  self.postMessage("ready");
};

async function run(start: Start, ways: Ways, order: Order): Promise<Ending> {
  const { control } = start, { round, key, role, first, count } = order;
  if (order.opening !== undefined) {
    parties.set(key, await open(start, ways, order, order.opening));
  }
  const party = parties.get(key)!, tally = new Tally(order.ordered);
  self.postMessage("ready");
  Atomics.wait(control, GO, round - 1, PATIENCE);
  const begun = Atomics.load(control, GO) === round;
  if (!begun || Atomics.load(control, OVER) === 1) {
    throw new Error("The round does not begin");
  }
  if (role === "send") party.send!(first, count);
  else if (role === "receive") await party.receive!(count, tally);
  else party.both!(count, tally);
  const { sum, wrong } = tally;
  return { count: tally.count, sum, wrong };
}

async function open(
  { control, kind }: Start,
  ways: Ways,
  { way, key, role }: Order,
  opening: { shared: unknown; ports: MessagePort[] },
): Promise<Party> {
  const { loops } = await import(
    `./loops.ts?${encodeURIComponent(key)}`
  ) as { loops: Loops };
  ports.push(...opening.ports);
  return ways[way]!.open(opening.shared, {
    kind,
    sends: role !== "receive",
    loops,
    make: makers[kind],
    count: counters[kind],
    ports: opening.ports,
    look() {
      if (Atomics.load(control, OVER) === 1) {
        throw new Error("The round has failed");
      }
    },
  });
}

function end(): void {
  try {
    // Others may wait for what this worker does not do any more.
    for (const party of parties.values()) party.release?.();
  } finally {
    for (const port of ports) port.close();
    self.postMessage("ended");
    self.close();
  }
}
