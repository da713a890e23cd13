/**
 * The counts of a Counter: how they stand in shared memory, and how several are changed
 * in one step.
 *
 * *Words* of an item, after those of `_trie.ts` · CHOICE: which of two places has the
 * count, 0 or 1 · COUNTS: the places, a float64 each.
 *
 * *Invariants* · I1: a count is written to the place that is not valid, and CHOICE
 * commits it: if the thread dies meanwhile, the count is the one before.
 *
 * @module
 */

import type { DictionaryState } from "./_dictionary_state.ts";
import { Entry, keyOf } from "./_entries.ts";
import { brandOf } from "./_tags.ts";
import { TRIE_LINKS } from "./_trie.ts";
import { optionBag, show } from "./_validate.ts";

const CHOICE = TRIE_LINKS, COUNTS = CHOICE + 1;
/** The words of an item's first cell that are not its bytes. */
export const COUNT_LINKS: number = COUNTS + 4;

const bits = new Float64Array(1), halves = new Int32Array(bits.buffer);

/** Keys to be counted, or keys with counts. */
export type CountSource =
  | Iterable<string>
  | ReadonlyMap<string, number>
  | { readonly [key: string]: number }
  | { readonly kind: "Counter"; snapshot(): ReadonlyMap<string, number> };

/** The count of an item. */
export function readCount(
  { items: { view } }: DictionaryState,
  item: number,
): number {
  const place = item + COUNTS + 2 * (view[item + CHOICE]! & 1);
  halves[0] = view[place]!;
  halves[1] = view[place + 1]!;
  return bits[0]!;
}

/** Writes the count of an item, in one step. */
function writeCount(
  { items: { view } }: DictionaryState,
  item: number,
  count: number,
): void {
  const choice = view[item + CHOICE]! & 1 ^ 1,
    place = item + COUNTS + 2 * choice;
  // Minus zero is zero.
  bits[0] = count + 0;
  view[place] = halves[0]!;
  view[place + 1] = halves[1]!;
  Atomics.store(view, item + CHOICE, choice);
}

/** Makes a count that of an entry, whose item is 0 if it has none yet. */
export function putCount(
  action: string,
  state: DictionaryState,
  item: number,
  entry: Entry,
  count: number,
): void {
  if (item !== 0) return writeCount(state, item, count);
  const written = state.write(action, entry);
  writeCount(state, written, count);
  state.insert([written]);
}

/** Adds all counts, times a factor, in one step; if one cannot be added, none is. */
export function addCounts(
  action: string,
  state: DictionaryState,
  counts: ReadonlyMap<string, number>,
  factor: number,
): void {
  const entry = new Entry(state.seed),
    missing: string[] = [],
    written: number[] = [];
  const found: number[] = [], sums: number[] = [];
  try {
    state.within(() => {
      for (const [key, n] of counts) {
        const item = state.find(entry.open(action, key));
        if (item === 0) {
          missing.push(key);
        } else {
          found.push(item);
          sums.push(sumOf(action, key, readCount(state, item), n * factor));
        }
      }
      for (const key of missing) {
        const item = state.write(action, entry.open(action, key), written);
        writeCount(state, item, counts.get(key)! * factor);
        written.push(item);
      }
      // From here on nothing can fail.
      for (let i = 0; i < found.length; i++) {
        writeCount(state, found[i]!, sums[i]!);
      }
      state.insert(written);
    });
  } finally {
    entry.end();
  }
}

/** The sum of two counts, if it is one. */
export function sumOf(
  action: string,
  key: string,
  count: number,
  by: number,
): number {
  if (Number.isFinite(count + by)) return count + by;
  throw new RangeError(
    `Cannot ${action}: the count of ${show(key)} would be ${count + by}`,
  );
}

/** The number, if it can be a count. */
export function finite(action: string, name: string, value: unknown): number {
  if (Number.isFinite(value)) return value as number;
  const message =
    `Cannot ${action}: '${name}' must be a finite number, received ${
      show(value)
    }`;
  throw typeof value === "number"
    ? new RangeError(message)
    : new TypeError(message);
}

/** The counts that a source has, each key once. */
export function countsOf(
  action: string,
  source: CountSource,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [key, n] of pairsOf(action, source)) {
    const checked = keyOf(action, key), count = counts.get(checked) ?? 0;
    finite(action, "count", n);
    counts.set(checked, sumOf(action, checked, count, n as number));
  }
  return counts;
}

function* pairsOf(
  action: string,
  source: unknown,
): Generator<readonly [key: unknown, count: unknown], void, undefined> {
  if (typeof source === "string") {
    for (const character of source) yield [character, 1];
  } else if (typeof source !== "object" || source === null) {
    throw new TypeError(
      `Cannot ${action}: 'counts' must be keys, or keys with counts, received ${
        show(source)
      }`,
    );
  } else if (brandOf(source) === "Map") {
    yield* source as ReadonlyMap<unknown, unknown>;
  } else if ("snapshot" in source && typeof source.snapshot === "function") {
    yield* source.snapshot();
  } else if (Symbol.iterator in source) {
    for (const key of source as Iterable<unknown>) yield [key, 1];
  } else {
    // A handle is no record of counts.
    if ("buffer" in source && typeof source.buffer === "object") {
      optionBag(action, source);
    }
    yield* Object.entries(source);
  }
}
