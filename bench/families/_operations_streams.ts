/**
 * Operations of channels, and of the queue from one thread to one other.
 *
 * @module
 */

import {
  Channel,
  type Codec,
  codecs,
  SpscQueue,
  trySelect,
} from "../../mod.ts";
import * as peer from "../support/peer.ts";
import type { Operations } from "./_operation.ts";
import { both, numbers, optionsOf, peerPipe } from "./_operation_pipes.ts";

const SIZE = 1024, MANY = 256, BYTES = 1024;

function channelOf<T>(codec: Codec<T> | undefined): Channel<T> {
  return new Channel<T>({ maxSize: SIZE, ...optionsOf(codec) });
}

function spsc(): SpscQueue<"int32"> {
  return new SpscQueue({ type: "int32", capacity: SIZE });
}

function ring(): peer.RingBuffer {
  const storage = peer.RingBuffer.getStorageForCapacity(SIZE, Int32Array);
  return new peer.RingBuffer(storage, Int32Array);
}

/** Batches of 256 numbers. */
function batches(
  put: (items: Int32Array) => unknown,
  get: (into: Int32Array) => unknown,
): () => unknown {
  const items = new Int32Array(MANY).fill(7), into = new Int32Array(MANY);
  return () => {
    put(items);
    get(into);
    return into[MANY - 1];
  };
}

/** All of them. */
export const streamOperations: Operations = {
  Channel: {
    ...both((codec) => {
      const channel = channelOf(codec);
      return {
        put: (item) => channel.send(item),
        get: () => channel.receive(),
      };
    }, peerPipe),
    "send + trySelect, int32": {
      gives: 7,
      by: {
        ours() {
          const [one, other] = [codecs.int32, codecs.int32].map(channelOf);
          const arms = [{ receive: one! }, { receive: other! }];
          return () => {
            other!.send(7);
            const fired = trySelect(arms);
            return fired?.closed ? undefined : fired?.value;
          };
        },
      },
    },
  },
  SpscQueue: {
    "put + get, int32": {
      gives: 7,
      by: {
        ours: numbers(spsc),
        "ringbuf.js": numbers(() => {
          const buffer = ring(), one = new Int32Array(1);
          return {
            put(item) {
              one[0] = item;
              buffer.push(one);
            },
            get() {
              buffer.pop(one);
              return one[0]!;
            },
          };
        }),
        floor: (own) => own.passes(7),
      },
    },
    "tryPut + tryGet, int32": {
      gives: 7,
      by: {
        ours() {
          const queue = spsc();
          return () => {
            queue.tryPut(7);
            return queue.tryGet()?.value;
          };
        },
        floor: (own) => own.passes(7),
      },
    },
    "put + getInto, 1 KiB": {
      gives: BYTES,
      by: {
        ours() {
          const queue = new SpscQueue({ type: "bytes", capacity: 8 * BYTES });
          const item = new Uint8Array(BYTES), into = new Uint8Array(BYTES);
          return () => {
            queue.put(item);
            return queue.getInto(into);
          };
        },
        floor() {
          const words = new Uint8Array(new SharedArrayBuffer(BYTES));
          const item = new Uint8Array(BYTES), into = new Uint8Array(BYTES);
          return () => {
            words.set(item);
            into.set(words);
            return into.length;
          };
        },
      },
    },
    "putMany + getInto, 256 int32": {
      gives: 7,
      items: MANY,
      by: {
        ours() {
          const queue = spsc();
          return batches((a) => queue.putMany(a), (a) => queue.getInto(a));
        },
        "ringbuf.js"() {
          const buffer = ring();
          return batches((a) => buffer.push(a), (a) => buffer.pop(a));
        },
        floor() {
          const words = new Int32Array(new SharedArrayBuffer(4 * MANY));
          return batches((a) => words.set(a), (a) => a.set(words));
        },
      },
    },
  },
};
