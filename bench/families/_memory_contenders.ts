/**
 * What takes memory: the primitives that live in shared memory, and their views.
 *
 * @module
 */

import {
  AtomicBigInt64,
  AtomicBool,
  AtomicFloat64,
  AtomicInt32,
  attach,
  Barrier,
  BoundedSemaphore,
  CancelToken,
  Channel,
  Condition,
  Counter,
  Deque,
  Event,
  type Handle,
  Latch,
  LifoQueue,
  Lock,
  LongAdder,
  Once,
  OnceCell,
  PriorityQueue,
  Queue,
  RLock,
  RWLock,
  Semaphore,
  type SharedKinds,
  SharedLocal,
  SharedMap,
  SimpleQueue,
  SpscQueue,
} from "../../mod.ts";
import { wordsOf } from "../contenders/contender.ts";
import * as peer from "../support/peer.ts";

/** A primitive of one contender. */
export interface Holding {
  /** Makes a new one. */
  make(): unknown;
  /** Makes what opens others of one; missing if it cannot be opened so. */
  opener?(): () => unknown;
}

type Ours = { readonly handle: Handle<keyof SharedKinds> };

function ours(make: () => Ours): Holding {
  return {
    make,
    opener() {
      const { handle } = make();
      return () => attach(handle);
    },
  };
}

function theirs(
  make: () => unknown,
  open: (words: SharedArrayBuffer) => unknown,
): Holding {
  return {
    make,
    opener() {
      const words = wordsOf(1, 1);
      return () => open(words);
    },
  };
}

/** Ours, by name. */
const own: Record<string, () => Ours> = {
  Lock: () => new Lock(),
  "Lock, fair": () => new Lock({ fair: true }),
  RLock: () => new RLock(),
  Semaphore: () => new Semaphore(1),
  BoundedSemaphore: () => new BoundedSemaphore(1),
  RWLock: () => new RWLock(),
  Condition: () => new Condition(new Lock()),
  Event: () => new Event(),
  Latch: () => new Latch(1),
  Barrier: () => new Barrier(2),
  Once: () => new Once(),
  OnceCell: () => new OnceCell(),
  CancelToken: () => new CancelToken(),
  AtomicInt32: () => new AtomicInt32(),
  AtomicBigInt64: () => new AtomicBigInt64(),
  AtomicFloat64: () => new AtomicFloat64(),
  AtomicBool: () => new AtomicBool(),
  LongAdder: () => new LongAdder(),
  SharedLocal: () => new SharedLocal(),
  Queue: () => new Queue(),
  LifoQueue: () => new LifoQueue(),
  PriorityQueue: () => new PriorityQueue(),
  SimpleQueue: () => new SimpleQueue(),
  Deque: () => new Deque(),
  Channel: () => new Channel({ maxSize: 32 }),
  "SpscQueue of 1024 int32": () =>
    new SpscQueue({ type: "int32", capacity: 1024 }),
  SharedMap: () => new SharedMap(),
  Counter: () => new Counter(),
};

/** The peer's, by the name of ours. */
const peers: Record<string, Holding> = {
  Lock: theirs(
    () => new peer.Mutex(),
    (words) => new peer.Mutex(undefined, words),
  ),
  Semaphore: theirs(
    () => new peer.Semaphore(1),
    (words) => new peer.Semaphore(0, words),
  ),
  RWLock: theirs(
    () => new peer.RwLock(),
    (words) => new peer.RwLock(undefined, words),
  ),
  Condition: theirs(
    () => [new peer.Mutex(), new peer.Condvar()],
    (words) => [new peer.Mutex(undefined, words), new peer.Condvar(words)],
  ),
  Barrier: theirs(
    () => new peer.Barrier(2),
    (words) => new peer.Barrier(undefined, words),
  ),
  Channel: { make: () => peer.channel(32) },
};

/** By primitive, by contender. */
export const holdings: Readonly<
  Record<string, Readonly<Record<string, Holding>>>
> = Object.fromEntries(
  Object.entries(own).map(([name, make]) => {
    const other = peers[name];
    return [name, {
      ours: ours(make),
      ...(other !== undefined && { multithreading: other }),
    }];
  }),
);
