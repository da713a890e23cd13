import {
  type Counter,
  type SharedMap,
  type Task,
  task,
} from "@interlock/threading";
import { random } from "./random.ts";

/** Keys that all threads use. */
export const KEYS = 300;

export interface Run {
  readonly counter: Counter;
  readonly map: SharedMap<Record<string, unknown>>;
}

/** A key of any length: one in three does not fit into a cell. */
export function keyAt(i: number): string {
  return i % 3 === 0 ? `key ${i}, `.repeat(15) : `key ${i}`;
}

/** A value of any size that says what it is. */
function valueOf(owner: number, n: number): Record<string, unknown> {
  return { owner, n, text: `${n % 10}`.repeat(n % 200) };
}

function check(value: Record<string, unknown>): void {
  const { owner, n, text } = value as {
    owner: number;
    n: number;
    text: string;
  };
  if (text !== valueOf(owner, n).text) throw new Error(`torn: ${text}`);
}

/** Counts and maps at random; returns what it added to each count. */
export const mix: Task<
  (seed: number, run: Run, me: number, times: number) => number[]
> = task(import.meta, function mix(seed, { counter, map }, me, times) {
  const chance = random(seed), int = (n: number) => Math.floor(chance() * n);
  const added: number[] = Array(KEYS).fill(0);
  const mine = new Map<string, number>();
  for (let i = 0; i < times; i++) {
    const k = int(KEYS), key = keyAt(k), own = `${me} has ${keyAt(int(20))}`;
    switch (int(8)) {
      case 0: {
        const next = (k + 1) % KEYS;
        counter.update({ [key]: 2, [keyAt(next)]: -2 });
        added[k]! += 2;
        added[next]! -= 2;
        break;
      }
      case 1:
        map.set(own, valueOf(me, i));
        mine.set(own, i);
        break;
      case 2:
        if (map.delete(own) !== mine.delete(own)) throw new Error(`had ${own}`);
        break;
      case 3: {
        const value = map.get(own);
        if (value?.n !== mine.get(own)) throw new Error(`changed ${own}`);
        break;
      }
      case 4:
        map.set(key, valueOf(me, i));
        break;
      case 5: {
        const value = map.get(key);
        if (value !== undefined) check(value);
        break;
      }
      case 6:
        if (i % 50 === 0) { for (const value of map.values()) check(value); }
        break;
      default: {
        const by = int(7) - 3;
        counter.increment(key, by);
        added[k]! += by;
      }
    }
  }
  for (const [own, n] of mine) {
    if (map.get(own)?.n !== n) throw new Error(`lost ${own}`);
    if (!map.delete(own)) throw new Error(`cannot delete ${own}`);
  }
  return added;
});
