/**
 * Operations of maps and codecs, and of how an object comes to another thread.
 *
 * @module
 */

import {
  attach,
  type Codec,
  codecs,
  Counter,
  Lock,
  SharedMap,
} from "../../mod.ts";
import { Packet } from "../../primitives/_packet.ts";
import type { Make, Operation, Operations } from "./_operation.ts";
import { ORDER } from "./_operation_pipes.ts";

const KEY = "tea", KEYS = 100;

/** A map with some keys. */
function filled(): SharedMap<number> {
  const map = new SharedMap({ codec: codecs.int32 });
  for (let n = 0; n < KEYS; n++) map.set(`key ${n}`, n);
  map.set(KEY, 7);
  return map;
}

/** Something done to a map of one thread, alone. */
function exclusively(step: (map: Map<string, number>) => unknown): Make {
  return (own) => {
    const map = new Map([[KEY, 7]]);
    return own.excludes(() => step(map));
  };
}

/** Something done to a map. */
function on(step: (map: SharedMap<number>) => unknown): Make {
  return () => {
    const map = filled();
    return () => step(map);
  };
}

/** Something done to counts. */
function counting(step: (counter: Counter) => unknown): Make {
  return () => {
    const counter = new Counter({ [KEY]: 7 });
    return () => step(counter);
  };
}

const text = new TextEncoder(), texts = new TextDecoder();

/** Into bytes and back, beside JSON and structured clone where they can that. */
function codec<T>(
  it: Codec<T>,
  item: T,
  look: (item: T) => unknown,
): Operation {
  const gives = look(item),
    plain = typeof item !== "bigint" &&
      !(item instanceof Uint8Array);
  return {
    gives,
    by: {
      ours() {
        const packet = new Packet();
        return () => {
          it.encode(item, packet);
          return look(it.decode(packet));
        };
      },
      ...(plain && {
        naive: () => () =>
          look(JSON.parse(texts.decode(text.encode(JSON.stringify(item))))),
      }),
      structuredClone: () => () => look(structuredClone(item)),
    },
  };
}

const whole = (item: unknown) => item;

/** All of them. */
export const mapOperations: Operations = {
  SharedMap: {
    "get": {
      gives: 7,
      by: {
        ours: on((map) => map.get(KEY)),
        floor: exclusively((map) => map.get(KEY)),
      },
    },
    "set": {
      by: {
        ours: on((map) => map.set(KEY, 7)),
        floor: exclusively((map) => void map.set(KEY, 7)),
      },
    },
    "has": {
      gives: true,
      by: {
        ours: on((map) => map.has(KEY)),
        floor: exclusively((map) => map.has(KEY)),
      },
    },
    "set + delete": {
      gives: true,
      by: {
        ours: on((map) => {
          map.set("coffee", 7);
          return map.delete("coffee");
        }),
        floor: exclusively((map) => {
          map.set("coffee", 7);
          return map.delete("coffee");
        }),
      },
    },
    "update": {
      gives: 7,
      by: {
        ours: on((map) => map.update(KEY, (value) => value ?? 0)),
        floor: exclusively((map) => {
          const value = map.get(KEY) ?? 0;
          map.set(KEY, value);
          return value;
        }),
      },
    },
    "compareAndSet": {
      gives: true,
      by: { ours: on((map) => map.compareAndSet(KEY, 7, 7)) },
    },
    "snapshot, 100 keys": {
      gives: KEYS + 1,
      items: KEYS + 1,
      times: 1000,
      by: { ours: on((map) => map.snapshot().size) },
    },
  },
  Counter: {
    "increment": {
      by: {
        ours: counting((counter) => void counter.increment(KEY)),
        floor: exclusively((map) => void map.set(KEY, map.get(KEY)! + 1)),
      },
    },
    "get": {
      gives: 7,
      by: {
        ours: counting((counter) => counter.get(KEY)),
        floor: exclusively((map) => map.get(KEY)),
      },
    },
    "total": {
      gives: 7,
      by: { ours: counting((counter) => counter.total()) },
    },
  },
  codecs: {
    "int32": codec(codecs.int32, 7, whole),
    "float64": codec(codecs.float64, 0.5, whole),
    "bool": codec(codecs.bool, true, whole),
    "bigint": codec(codecs.bigint, 7n, whole),
    "string": codec(codecs.string, "a cup of tea", whole),
    "bytes, 1 KiB": codec(
      codecs.bytes,
      new Uint8Array(1024),
      (it) => it.length,
    ),
    "struct": codec(
      codecs.struct({ x: codecs.float64, y: codecs.float64 }),
      { x: 1, y: 2 },
      ({ y }) => y,
    ),
    "any, object": codec(
      codecs.any as Codec<typeof ORDER>,
      ORDER,
      ({ id }) => id,
    ),
  },
  attach: {
    "new Lock": { by: { ours: () => () => void new Lock() } },
    "handle + attach": {
      by: {
        ours() {
          const lock = new Lock();
          return () => void attach(lock.handle);
        },
      },
    },
  },
};
