/**
 * Items through what this package has for them.
 *
 * Waits of SpscQueue have a timeout where that costs little; the others end when it is
 * shut down.
 *
 * @module
 */

import {
  Channel,
  type Codec,
  codecs,
  Deque,
  type Handle,
  Queue,
  type QueueKind,
  SimpleQueue,
  SpscQueue,
} from "../../mod.ts";
import { CAPACITY, type Item, type Kind, RECORD_BYTES } from "./items.ts";
import { oneByOne, PATIENCE, type Place, type Way } from "./way.ts";

/** The integers that go at a time where many do. */
export const MANY = 256;

/** Room for all items of a queue with a bound. */
const BOUNDED_BYTES = 2 ** 22;
/** Room for the items of a round. */
const UNBOUNDED_BYTES = 2 ** 28;

function codecOf(kind: Kind): Codec<Item> {
  const codec = kind === "int32"
    ? codecs.int32
    : kind === "records"
    ? codecs.bytes
    : codecs.any;
  return codec as Codec<unknown> as Codec<Item>;
}

function bounded(kind: Kind) {
  const codec = codecOf(kind);
  return { codec, maxSize: CAPACITY[kind], capacity: BOUNDED_BYTES };
}

function unbounded(kind: Kind) {
  return { codec: codecOf(kind), capacity: UNBOUNDED_BYTES };
}

/** A Queue with a bound. */
export const queueWay: Way<Handle<QueueKind>> = {
  make: ({ kind }) => new Queue<Item>(bounded(kind)).handle,
  open(handle, place) {
    const { make, count } = place, queue = Queue.from<Item>(handle);
    return oneByOne(
      place,
      (id) => queue.put(make(id)),
      (tally) => count(tally, queue.get()),
      () => queue.shutdown({ immediate: true }),
    );
  },
};

/** A Channel that keeps items. */
export const channelWay: Way<Handle<"Channel">> = {
  make: ({ kind }) => new Channel<Item>(bounded(kind)).handle,
  open(handle, place) {
    const { make, count } = place, channel = Channel.from<Item>(handle);
    return oneByOne(
      place,
      (id) => channel.send(make(id)),
      (tally) => count(tally, channel.receive()),
      () => channel.close(),
    );
  },
};

/** A SimpleQueue, which has no bound. */
export const simpleQueueWay: Way<Handle<"SimpleQueue">> = {
  make: ({ kind }) => new SimpleQueue<Item>(unbounded(kind)).handle,
  open(handle, place) {
    const { make, count } = place, queue = SimpleQueue.from<Item>(handle);
    return oneByOne(
      place,
      (id) => queue.put(make(id)),
      (tally) => count(tally, queue.get(PATIENCE)),
    );
  },
};

/** A Deque, whose pushes do not wait. */
export const dequeWay: Way<Handle<"Deque">> = {
  make: ({ kind }) => new Deque<Item>(unbounded(kind)).handle,
  open(handle, place) {
    const { make, count } = place, deque = Deque.from<Item>(handle);
    return oneByOne(
      place,
      (id) => deque.pushBack(make(id)),
      (tally) => count(tally, deque.popFront(PATIENCE)),
    );
  },
};

function makeSpsc(kind: Kind): Handle<"SpscQueue"> {
  const items = CAPACITY[kind];
  const queue = kind === "int32"
    ? new SpscQueue({ type: "int32", capacity: items })
    : new SpscQueue({ type: "bytes", capacity: items * RECORD_BYTES });
  return queue.handle;
}

/** The queue of integers, and what wakes a consumer that would wait for ever. */
function numbersOf(handle: Handle<"SpscQueue">, { sends }: Place) {
  const queue = SpscQueue.from<"int32">(handle);
  // Only the producer may close it.
  const release = () => sends && queue.close();
  return { queue, release };
}

/** An SpscQueue of integers, each by itself. */
export const spscWay: Way<Handle<"SpscQueue">> = {
  make: ({ kind }) => makeSpsc(kind),
  open(handle, place) {
    const { queue, release } = numbersOf(handle, place);
    return oneByOne(
      place,
      // Like `put`, but the wait ends: the consumer could not end it.
      (id) => queue.tryPut(id) || queue.put(id, PATIENCE),
      (tally) => tally.add(queue.get(), true),
      release,
    );
  },
};

/** An SpscQueue of integers, many at a time. */
export const spscManyWay: Way<Handle<"SpscQueue">> = {
  make: ({ kind }) => makeSpsc(kind),
  open(handle, place) {
    const { queue, release } = numbersOf(handle, place);
    const many = new Int32Array(MANY);
    return {
      release,
      send(first, count) {
        for (let left = count, id = first; left > 0; left -= MANY) {
          const length = Math.min(MANY, left);
          for (let n = 0; n < length; n++) many[n] = id++;
          const some = length === MANY ? many : many.subarray(0, length);
          const put = queue.putMany(some, PATIENCE);
          if (put < length) throw new Error("The consumer takes nothing");
        }
      },
      receive(count, tally) {
        for (let got = 0; got < count;) {
          // Those of the next round are not sent before all of this one are here.
          const length = queue.getInto(many, PATIENCE);
          tally.addMany(many, length);
          got += length;
        }
      },
    };
  },
};

/** An SpscQueue of records, into fresh arrays or into the same one. */
function recordsWay(fresh: boolean): Way<Handle<"SpscQueue">> {
  return {
    make: ({ kind }) => makeSpsc(kind),
    open(handle, place) {
      const { make, count, sends } = place;
      const queue = SpscQueue.from<"bytes">(handle);
      const into = new Uint8Array(RECORD_BYTES);
      return oneByOne(
        place,
        (id) => queue.put(make(id) as Uint8Array, PATIENCE),
        fresh ? (tally) => count(tally, queue.get(PATIENCE)) : (tally) => {
          if (queue.getInto(into, PATIENCE) !== RECORD_BYTES) tally.wrong++;
          count(tally, into);
        },
        () => sends && queue.close(),
      );
    },
  };
}

/** An SpscQueue of records that are read into the same array. */
export const spscRecordsWay: Way<Handle<"SpscQueue">> = recordsWay(false);

/** An SpscQueue of records that are read into fresh arrays. */
export const spscFreshWay: Way<Handle<"SpscQueue">> = recordsWay(true);
