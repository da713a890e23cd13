/**
 * Operations of numbers that threads share, and of values that each thread has.
 *
 * @module
 */

import {
  AtomicBigInt64,
  AtomicBool,
  AtomicFloat64,
  AtomicInt32,
  codecs,
  LongAdder,
  SharedLocal,
  ThreadLocal,
} from "../../mod.ts";
import type { Make, Operation, Operations } from "./_operation.ts";

/** What all numbers have in common. */
interface Atomic<V> {
  load(): V;
  store(value: V): void;
  exchange(value: V): V;
  compareExchange(expected: V, value: V): V;
  update(change: (value: V) => V): V;
  notify(): number;
}

const changes: Make = (own) => own.changes();

function atomic<V>(
  make: (value: V) => Atomic<V>,
  one: V,
): Record<string, Operation> {
  const on = (step: (it: Atomic<V>) => unknown): Make => () => {
    const it = make(one);
    return () => step(it);
  };
  const changesIt: Make = (own) => own.giving(one, own.changes());
  return {
    "load": {
      gives: one,
      by: {
        ours: on((it) => it.load()),
        floor: (own) => own.giving(one, own.looks()),
      },
    },
    "store": {
      by: { ours: on((it) => it.store(one)), floor: (own) => own.stores() },
    },
    "exchange": {
      gives: one,
      by: { ours: on((it) => it.exchange(one)), floor: changesIt },
    },
    "compareExchange": {
      gives: one,
      by: { ours: on((it) => it.compareExchange(one, one)), floor: changesIt },
    },
    "update": {
      gives: one,
      by: { ours: on((it) => it.update((value) => value)), floor: changesIt },
    },
    "notify, nobody waits": {
      gives: 0,
      by: { ours: on((it) => it.notify()), floor: (own) => own.looks() },
    },
  };
}

/** An addition, beside one of raw words. */
function adding(ours: Make): Record<string, Operation> {
  return { "add": { by: { ours, floor: changes } } };
}

function local(): SharedLocal<number> {
  const values = new SharedLocal({ codec: codecs.int32 });
  values.set(7);
  return values;
}

const readVariable: Make = () => {
  const held = { value: 7 };
  return () => held.value;
};
const writeVariable: Make = () => {
  const held = { value: 0 };
  return () => {
    held.value = 7;
  };
};

/** All of them. */
export const valueOperations: Operations = {
  AtomicInt32: {
    ...adding(() => {
      const it = new AtomicInt32();
      return () => it.add(1);
    }),
    ...atomic((value: number) => new AtomicInt32(value), 1),
  },
  AtomicBigInt64: {
    ...adding(() => {
      const it = new AtomicBigInt64();
      return () => it.add(1n);
    }),
    ...atomic((value: bigint) => new AtomicBigInt64(value), 1n),
  },
  AtomicFloat64: {
    ...adding(() => {
      const it = new AtomicFloat64();
      return () => it.add(0.5);
    }),
    ...atomic((value: number) => new AtomicFloat64(value), 0.5),
  },
  AtomicBool: atomic((value: boolean) => new AtomicBool(value), true),
  LongAdder: {
    "add": {
      by: {
        ours() {
          const it = new LongAdder();
          return () => it.add(1);
        },
        naive() {
          const words = new BigInt64Array(new SharedArrayBuffer(8));
          return () => {
            Atomics.add(words, 0, 1n);
          };
        },
        floor: changes,
      },
    },
    "increment": {
      by: {
        ours() {
          const it = new LongAdder();
          return () => it.increment();
        },
        floor: changes,
      },
    },
    "sum": {
      gives: 1n,
      by: {
        ours() {
          const it = new LongAdder();
          it.increment();
          return () => it.sum();
        },
      },
    },
  },
  ThreadLocal: {
    "get": {
      gives: 7,
      by: {
        ours() {
          const it = new ThreadLocal(() => 7);
          return () => it.get();
        },
        floor: readVariable,
      },
    },
    "set": {
      by: {
        ours() {
          const it = new ThreadLocal<number>();
          return () => it.set(7);
        },
        floor: writeVariable,
      },
    },
  },
  SharedLocal: {
    "get": {
      gives: 7,
      by: {
        ours() {
          const it = local();
          return () => it.get();
        },
        floor: (own) => own.looks(7),
      },
    },
    "set": {
      by: {
        ours() {
          const it = local();
          return () => it.set(7);
        },
        floor: (own) => own.stores(),
      },
    },
  },
};
