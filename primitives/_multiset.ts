/**
 * The algebra of counts: sums, differences and comparisons of snapshots.
 *
 * *Source* · the operators of Python's `collections.Counter`.
 *
 * @module
 */

/** Keys with counts, such as a snapshot of a Counter. */
export type Counts = ReadonlyMap<string, number>;

/** What each count comes to, if it is positive: keys of the first one, and then others, in order. */
function combine(
  one: Counts,
  other: Counts,
  count: (a: number, b: number) => number,
): Map<string, number> {
  const result = new Map<string, number>();
  for (const key of new Set([...one.keys(), ...other.keys()])) {
    const n = count(one.get(key) ?? 0, other.get(key) ?? 0);
    if (n > 0) result.set(key, n);
  }
  return result;
}

function isSubset(one: Counts, other: Counts): boolean {
  const keys = [...one.keys(), ...other.keys()];
  return keys.every((key) => (one.get(key) ?? 0) <= (other.get(key) ?? 0));
}

/**
 * The algebra of counts, such as the snapshots of Counters: a missing key counts as 0, and
 * results have positive counts only. Nothing of it changes its arguments.
 *
 * @example Usage
 * ```ts
 * import { Counter, multiset } from "@interlock/threading";
 *
 * const stock = new Counter({ apples: 3, pears: 1 });
 * const order = new Counter({ apples: 2 });
 * if (multiset.isSubset(order.snapshot(), stock.snapshot())) {
 *   console.log(multiset.difference(stock.snapshot(), order.snapshot()));
 * }
 * ```
 */
export const multiset: {
  /** The sum of both counts of each key. */
  sum(one: Counts, other: Counts): Map<string, number>;
  /** The first count of each key minus the other one. */
  difference(one: Counts, other: Counts): Map<string, number>;
  /** The larger count of each key. */
  union(one: Counts, other: Counts): Map<string, number>;
  /** The smaller count of each key. */
  intersection(one: Counts, other: Counts): Map<string, number>;
  /** Whether no count is larger than the other one. */
  isSubset(one: Counts, other: Counts): boolean;
  /** Whether all counts are the same. */
  equals(one: Counts, other: Counts): boolean;
} = {
  sum: (one, other) => combine(one, other, (a, b) => a + b),
  difference: (one, other) => combine(one, other, (a, b) => a - b),
  union: (one, other) => combine(one, other, Math.max),
  intersection: (one, other) => combine(one, other, Math.min),
  isSubset,
  equals: (one, other) => isSubset(one, other) && isSubset(other, one),
};
