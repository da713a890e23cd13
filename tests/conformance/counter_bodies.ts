import {
  type Counter,
  type SharedMap,
  type Task,
  task,
} from "@interlock/threading";
import { type Face, rest } from "../support/stage.ts";

type Body<A extends unknown[], R> = Task<
  (face: Face, ...args: A) => Promise<R>
>;

/** Counts keys one by one, some often, and returns what came of the last one. */
export const countAll: Body<[Counter, readonly string[], number], number> =
  task(import.meta, async function countAll(face, counter, keys, times) {
    let last = 0;
    for (let i = 0; i < times; i++) {
      for (const key of keys) last = counter.increment(key);
      if (i % 100 === 0) await rest(face, 0);
    }
    return last;
  });

/** Moves counts between two keys in one step, so that their sum stays. */
export const move: Body<[Counter, number], void> = task(
  import.meta,
  async function move(face, counter, times) {
    for (let i = 0; i < times; i++) {
      counter.update({ here: 1, there: -1 });
      counter.subtract(new Map([["there", -1], ["here", 1]]));
      if (i % 100 === 0) await rest(face, 0);
    }
  },
);

/** Adds to a value without a lock, in both ways, and returns how often it did. */
export const addUp: Body<[SharedMap<number>, number], number> = task(
  import.meta,
  async function addUp(face, map, times) {
    let done = 0;
    for (let i = 0; i < times; i++) {
      map.update("sum", (n = 0) => n + 1);
      const n = map.get("sum")!;
      if (map.compareAndSet("sum", n, n + 1)) done++;
      done++;
      if (i % 100 === 0) await rest(face, 0);
    }
    return done;
  },
);

/** Sets, takes out and looks at keys of its own and of all. */
export const churn: Body<[SharedMap<number[]>, number, number], void> = task(
  import.meta,
  async function churn(face, map, me, times) {
    for (let i = 0; i < times; i++) {
      const mine = `${me}/${i % 10}`, value = Array(i % 20).fill(me);
      map.set(mine, value);
      map.set("all", value);
      const all = map.get("all");
      if (all?.some((n) => n !== all[0])) throw new Error(`torn: ${all}`);
      if (map.get(mine)!.length !== value.length) throw new Error("lost");
      if (!map.delete(mine)) throw new Error("gone");
      if (i % 50 === 0) await rest(face, 0);
    }
  },
);

/** The first one to set it wins; returns what everybody got. */
export const insert: Body<[SharedMap<number>, number, number], number[]> = task(
  import.meta,
  async function insert(_face, map, me, keys) {
    const got: number[] = [];
    for (let i = 0; i < keys; i++) {
      got.push(map.getOrInsertComputed(`${i}`, () => me));
    }
    return await Promise.resolve(got);
  },
);
