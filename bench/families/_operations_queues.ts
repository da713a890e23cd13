/**
 * Operations of queues and deques.
 *
 * @module
 */

import {
  codecs,
  Deque,
  LifoQueue,
  PriorityQueue,
  Queue,
  SimpleQueue,
} from "../../mod.ts";
import type { Operations } from "./_operation.ts";
import {
  both,
  numbers,
  optionsOf,
  ORDER,
  type Order,
  peerPipe,
} from "./_operation_pipes.ts";

/** All of them. */
export const queueOperations: Operations = {
  Queue: {
    ...both((codec) => new Queue(optionsOf(codec)), peerPipe),
    "tryPut + tryGet, int32": {
      gives: 7,
      by: {
        ours() {
          const queue = new Queue({ codec: codecs.int32 });
          return () => {
            queue.tryPut(7);
            return queue.tryGet()?.value;
          };
        },
        floor: (own) => own.moves(7),
      },
    },
    "putAsync + getAsync, int32": {
      awaits: true,
      gives: 7,
      by: {
        ours() {
          const queue = new Queue({ codec: codecs.int32 });
          return async () => {
            await queue.putAsync(7);
            return await queue.getAsync();
          };
        },
        floor: (own) => own.awaits(own.awaits(own.moves(7))),
      },
    },
    "put + get + taskDone, int32": {
      gives: 7,
      by: {
        ours() {
          const queue = new Queue({ codec: codecs.int32 });
          return () => {
            queue.put(7);
            const got = queue.get();
            queue.taskDone();
            return got;
          };
        },
        floor: (own) => own.moves(7),
      },
    },
    "size": {
      gives: 0,
      by: {
        ours() {
          const queue = new Queue();
          return () => queue.size;
        },
        floor: (own) => own.looks(0),
      },
    },
  },
  LifoQueue: both((codec) => new LifoQueue(optionsOf(codec))),
  PriorityQueue: {
    "put + get, int32": {
      gives: 7,
      by: { ours: numbers(() => new PriorityQueue({ codec: codecs.int32 })) },
    },
    "put + get, object": {
      gives: ORDER.id,
      by: {
        ours() {
          const queue = new PriorityQueue<Order>();
          return () => {
            queue.put(ORDER, { priority: 1 });
            return queue.get().id;
          };
        },
      },
    },
  },
  SimpleQueue: both((codec) => new SimpleQueue(optionsOf(codec))),
  Deque: {
    ...both((codec) => {
      const deque = new Deque(optionsOf(codec));
      return {
        put: (item) => deque.pushBack(item),
        get: () => deque.popFront(),
      };
    }),
    "pushFront + popBack, int32": {
      gives: 7,
      by: {
        ours: numbers(() => {
          const deque = new Deque({ codec: codecs.int32 });
          return {
            put: (item) => deque.pushFront(item),
            get: () => deque.popBack(),
          };
        }),
        floor: (own) => own.moves(7),
      },
    },
    "at, of 100": {
      gives: 50,
      by: {
        ours() {
          const deque = new Deque({ codec: codecs.int32 });
          for (let n = 0; n < 100; n++) deque.pushBack(n);
          return () => deque.at(50);
        },
        floor: (own) => own.excludes(() => 50),
      },
    },
  },
};
