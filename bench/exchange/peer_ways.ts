/**
 * Items through other packages, and through ports.
 *
 * @module
 */

import { channel, Receiver, RingBuffer, Sender } from "../support/peer.ts";
import {
  CAPACITY,
  type Item,
  type Kind,
  RECORD_BYTES,
  type Tally,
} from "./items.ts";
import { MANY } from "./ours_ways.ts";
import { oneByOne, PATIENCE, type Way } from "./way.ts";

function makeRing(kind: Kind): SharedArrayBuffer {
  const items = CAPACITY[kind];
  const memory = kind === "int32"
    ? RingBuffer.getStorageForCapacity(items, Int32Array)
    : RingBuffer.getStorageForCapacity(items * RECORD_BYTES, Uint8Array);
  return memory as SharedArrayBuffer;
}

/** A ring of ringbuf.js, each integer by itself. Nobody sleeps there. */
export const ringWay: Way<SharedArrayBuffer> = {
  make: ({ kind }) => makeRing(kind),
  open(memory, place) {
    const ring = new RingBuffer(memory, Int32Array), one = new Int32Array(1);
    const { look } = place;
    return oneByOne(
      place,
      (id) => {
        one[0] = id;
        while (ring.push(one) === 0) look();
      },
      (tally) => {
        while (ring.pop(one) === 0) look();
        tally.add(one[0]!, true);
      },
    );
  },
};

/** The same, many at a time. */
export const ringManyWay: Way<SharedArrayBuffer> = {
  make: ({ kind }) => makeRing(kind),
  open(memory, { look }) {
    const ring = new RingBuffer(memory, Int32Array);
    const many = new Int32Array(MANY);
    return {
      send(first, count) {
        for (let left = count, id = first; left > 0; left -= MANY) {
          const length = Math.min(MANY, left);
          for (let n = 0; n < length; n++) many[n] = id++;
          for (let put = 0; put < length;) {
            const more = ring.push(many, length - put, put);
            if (more === 0) look();
            put += more;
          }
        }
      },
      receive(count, tally) {
        for (let got = 0; got < count;) {
          const length = ring.pop(many);
          if (length === 0) look();
          else tally.addMany(many, length);
          got += length;
        }
      },
    };
  },
};

/** A ring of ringbuf.js for records. */
export const ringRecordsWay: Way<SharedArrayBuffer> = {
  make: ({ kind }) => makeRing(kind),
  open(memory, place) {
    const ring = new RingBuffer(memory, Uint8Array);
    const into = new Uint8Array(RECORD_BYTES);
    const { make, count, look } = place;
    return oneByOne(
      place,
      (id) => {
        // It pushes a part, if only that fits.
        while (ring.available_write() < RECORD_BYTES) look();
        ring.push(make(id) as Uint8Array);
      },
      (tally) => {
        while (ring.available_read() < RECORD_BYTES) look();
        if (ring.pop(into) !== RECORD_BYTES) tally.wrong++;
        count(tally, into);
      },
    );
  },
};

/** What the ports of a consumer bring, until all has come. */
function arrivals(
  ports: readonly MessagePort[],
  take: (tally: Tally, data: unknown) => void,
): (count: number, tally: Tally) => Promise<void> {
  let tally: Tally, wanted: number;
  let resolve: () => void, reject: (error: Error) => void;
  const start = () => {
    for (const port of ports) {
      port.onmessage = ({ data }) => {
        take(tally, data);
        if (tally.count >= wanted) resolve();
      };
    }
  };
  let started = false;
  return async (count, into) => {
    if (count === 0) return;
    const ended = new Promise<void>((...settle) => [resolve, reject] = settle);
    tally = into;
    wanted = count;
    const late = setTimeout(
      () => reject(new Error("A port brings nothing")),
      PATIENCE,
    );
    if (!started) start();
    started = true;
    await ended.finally(() => clearTimeout(late));
  };
}

/** A port from each producer to a consumer. */
export const portWay: Way<null> = {
  ports: true,
  make: () => null,
  open(_, { loops, make, count, ports }) {
    const [port] = ports;
    return {
      send: (first, times) =>
        loops.send((id) => port!.postMessage(make(id)), first, times),
      receive: arrivals(ports, (tally, data) => count(tally, data as Item)),
    };
  },
};

/** The same, with many integers in a message. */
export const portManyWay: Way<null> = {
  ports: true,
  make: () => null,
  open(_, { ports }) {
    const [port] = ports, many = new Int32Array(MANY);
    return {
      send(first, count) {
        for (let left = count, id = first; left > 0; left -= MANY) {
          const length = Math.min(MANY, left);
          for (let n = 0; n < length; n++) many[n] = id++;
          port!.postMessage(many.slice(0, length));
        }
      },
      receive: arrivals(ports, (tally, data) => {
        const ids = data as Int32Array;
        tally.addMany(ids, ids.length);
      }),
    };
  },
};

/** The peer's ends, as they make themselves ready for the way. */
interface Ends {
  readonly sender: unknown;
  readonly receiver: unknown;
}

/** The bytes that an item takes in a channel of the peer's, and more. */
const ITEM_BYTES = 256;

/**
 * A channel of `multithreading`. It has memory for all items of a round: when that is
 * used up, one thread moves what is in it while others read there.
 */
export const peerWay: Way<Ends> = {
  fresh: true,
  make({ kind, times }) {
    const capacity = CAPACITY[kind];
    const size = 2 ** 16 + ITEM_BYTES * (capacity + times);
    const [sender, receiver] = channel<Item>(capacity, { size });
    return { sender: serialize(sender), receiver: serialize(receiver) };
  },
  open(ends, place) {
    const { make, count } = place;
    const sender = restore<Sender<Item>>(Sender, ends.sender);
    const receiver = restore<Receiver<Item>>(Receiver, ends.receiver);
    return oneByOne(
      place,
      (id) => {
        const sent = sender.blockingSend(make(id));
        if (!sent.ok) throw sent.error;
      },
      (tally) => {
        const got = receiver.blockingRecv();
        if (!got.ok) throw got.error;
        count(tally, got.value);
      },
      () => sender.close(),
    );
  },
};

/** The name of the peer's function that makes an end ready for the way, or makes it again: a symbol. */
function nameOf(owner: object): symbol {
  return Object.getOwnPropertySymbols(owner)[0]!;
}

function serialize(end: object): unknown {
  const owner = Object.getPrototypeOf(Object.getPrototypeOf(end));
  const ends = end as Record<symbol, () => [unknown, unknown[]]>;
  return ends[nameOf(owner)]!()[0];
}

function restore<T>(end: object, serialized: unknown): T {
  const ends = end as Record<symbol, (from: unknown) => T>;
  return ends[nameOf(end)]!(serialized);
}
