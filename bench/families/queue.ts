/**
 * Items through a queue that any number of threads share: Queue, and its relatives.
 *
 * @module
 */

import { type ExchangeCase, Exchanges } from "../exchange/exchange.ts";
import type { Kind } from "../exchange/items.ts";
import { ways } from "../exchange/queue_ways.ts";
import type { Family, Grid } from "../support/family.ts";

const MODULE = new URL("../exchange/queue_ways.ts", import.meta.url).href;

/** How a kind is called on the axis, and how many items of it a round has. */
const KINDS: Readonly<Record<Kind, { x: string; times: number }>> = {
  int32: { x: "int32", times: 16_384 },
  objects: { x: "small objects", times: 16_384 },
  records: { x: "records of 1 KiB", times: 8_192 },
};

/** The most items of a round: all of them may be in a queue without a bound. */
const MOST = 2 ** 17;

/** Who gives items to whom. */
interface Pattern {
  readonly name: string;
  readonly group: string;
  readonly producers: number;
  readonly consumers: number;
  readonly quick: boolean;
}

const PATTERNS: readonly Pattern[] = [
  {
    name: "seq",
    group: "one thread",
    producers: 1,
    consumers: 0,
    quick: true,
  },
  { name: "spsc", group: "1 to 1", producers: 1, consumers: 1, quick: true },
  { name: "mpsc", group: "4 to 1", producers: 4, consumers: 1, quick: true },
  { name: "mpmc", group: "2 to 2", producers: 2, consumers: 2, quick: true },
  { name: "mpmc", group: "4 to 4", producers: 4, consumers: 4, quick: false },
];

function waysOf(kind: Kind, pattern: Pattern, grid: Grid) {
  const { consumers, producers } = pattern, alone = consumers === 0;
  const found: Record<string, string> = { "ours": "queue" };
  if (grid === "full") {
    found["ours, SimpleQueue"] = "simple";
    found["ours, Channel"] = "channel";
    if (alone) found["ours, Deque"] = "deque";
  }
  // Its items are JSON: a record would be an object with 1024 members.
  if (kind !== "records") found["multithreading"] = "peer";
  if (!alone) found["MessagePort"] = "port";
  if (kind === "int32") found["naive"] = "naive";
  // What encodes an object is no floor.
  if (kind !== "objects" && producers === 1) found["floor"] = "floor";
  return found;
}

function plan(grid: Grid): ExchangeCase[] {
  const kinds = Object.keys(KINDS) as Kind[];
  return PATTERNS.filter(({ quick }) => quick || grid === "full")
    .flatMap((pattern) => {
      const { name, group, producers, consumers } = pattern;
      const end = producers > 1 ? `/${producers}` : "";
      return kinds.map((kind): ExchangeCase => ({
        ...KINDS[kind],
        id: `${name}/${kind}${end}`,
        group,
        kind,
        producers,
        consumers,
        most: MOST,
        ways: waysOf(kind, pattern, grid),
      }));
    });
}

/** Queues. */
export const queue: Family = {
  name: "queue",
  title: "Queues between workers",
  about:
    "An operation is one item that is put and got; K is the items of a round, of all " +
    "workers together. Who gets an item looks whether it is whole, and all must arrive: their " +
    "number and their sum are checked. Integers and records have a codec; a small object is " +
    "`{ id, name, ok }`. Queues with a bound hold 1024 items, or 256 records. SimpleQueue, Deque and MessagePort have " +
    "no bound, so who puts never waits there. MessagePort has a port from each producer to one " +
    "consumer, and does not share the items between consumers. The naive one is a ring behind " +
    "a lock of two states. The floor writes and reads the same bytes and publishes with " +
    "Atomics how far it is, each worker in memory of its own: nobody waits, and nothing goes " +
    "from one core to another.",
  unit: "ns per item",
  axis: "items",
  open: (grid) => new Exchanges(plan(grid), ways, MODULE),
};
