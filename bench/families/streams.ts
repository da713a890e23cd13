/**
 * Streams of items from one worker to another: SpscQueue.
 *
 * @module
 */

import { type ExchangeCase, Exchanges } from "../exchange/exchange.ts";
import { ways } from "../exchange/streams_ways.ts";
import type { Family } from "../support/family.ts";

const MODULE = new URL("../exchange/streams_ways.ts", import.meta.url).href;

const pair = { producers: 1, consumers: 1 };

const quick: readonly ExchangeCase[] = [
  {
    ...pair,
    id: "int32",
    group: "1 to 1",
    x: "int32, many at a time",
    kind: "int32",
    times: 65_536,
    most: 2 ** 24,
    ways: {
      "ours": "many",
      "ringbuf.js": "ring",
      "MessagePort": "port",
      "naive": "naive",
      "floor": "floorMany",
    },
  },
  {
    ...pair,
    id: "int32 one by one",
    group: "1 to 1",
    x: "int32, one by one",
    kind: "int32",
    times: 65_536,
    most: 2 ** 24,
    ways: {
      "ours": "single",
      "ringbuf.js": "ring",
      "naive": "naive",
      "floor": "floor",
    },
  },
  {
    ...pair,
    id: "records",
    group: "1 to 1",
    x: "records of 1 KiB",
    kind: "records",
    times: 16_384,
    most: 2 ** 20,
    ways: {
      "ours": "records",
      "ours, fresh arrays": "fresh",
      "ringbuf.js": "ringRecords",
      "MessagePort": "port",
      "naive": "naive",
      "floor": "floor",
    },
  },
];

/** By case, the contenders that only the full grid has. */
const more: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "int32": {
    "ours, one by one": "single",
    "ringbuf.js, many at a time": "ringMany",
    "MessagePort, many at a time": "portMany",
    "multithreading": "channel",
  },
  "int32 one by one": { "MessagePort": "port", "multithreading": "channel" },
};

/** Streams. */
export const streams: Family = {
  name: "streams",
  title: "Streams between two workers",
  about:
    "An operation is one item that a worker sends and another one receives and looks at: " +
    "it must be whole and in its order. K is the items of a round. Ours moves 256 integers at " +
    "a time where that is said; all others pass one item at a time unless their name says " +
    "otherwise. ringbuf.js never sleeps: who waits keeps its core busy. MessagePort has no " +
    "bound, so its sender never waits. multithreading has no bytes, so no records. All rings hold 1024 integers, or 256 records. The naive " +
    "one waits and wakes for each item. The floor is two workers of which each writes or reads the same " +
    "bytes in memory of its own and publishes with Atomics how far it is: nobody waits, and " +
    "nothing goes from one core to another.",
  unit: "ns per item",
  axis: "items",
  open(grid) {
    const plan = grid === "quick" ? quick : quick.map((item) => {
      return { ...item, ways: { ...item.ways, ...more[item.id] } };
    });
    return new Exchanges(plan, ways, MODULE);
  },
};
