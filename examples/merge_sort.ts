// A million numbers in shared memory are sorted by tasks that submit tasks: each gives
// half of its numbers to the pool, sorts the other half, and waits. That never ends in
// a deadlock, as who waits for what nobody has begun does it itself.
//
//     deno run -R=. examples/merge_sort.ts

import { type Task, task, ThreadPoolExecutor } from "@interlock/threading";

const NUMBERS = 1_000_000, FEW = 20_000;

type Numbers = Float64Array<SharedArrayBuffer>;

/** Sorts, and returns how many parts there were. */
export const sort: Task<(numbers: Numbers) => number> = task(
  import.meta,
  (numbers) => {
    if (numbers.length <= FEW) {
      numbers.sort();
      return 1;
    }
    const middle = numbers.length >> 1;
    const left = numbers.subarray(0, middle), right = numbers.subarray(middle);
    const other = ThreadPoolExecutor.current!.submit(sort, right);
    const parts = sort(left) + other.result();
    merge(left.slice(), right, numbers);
    return parts;
  },
  "sort",
);

/** Writes both in order; the second may be the end of where they go. */
function merge(left: Float64Array, right: Numbers, to: Numbers): void {
  let l = 0, r = 0;
  for (let i = 0; l < left.length; i++) {
    const isRight = r < right.length && right[r]! < left[l]!;
    to[i] = isRight ? right[r++]! : left[l++]!;
  }
}

if (import.meta.main) {
  const numbers: Numbers = new Float64Array(new SharedArrayBuffer(8 * NUMBERS));
  for (let i = 0; i < NUMBERS; i++) numbers[i] = Math.random();

  await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  const parts = await pool.submit(sort, numbers);
  const inOrder = numbers.every((n, i) => i === 0 || numbers[i - 1]! <= n);
  const all = NUMBERS.toLocaleString("en");
  console.log(
    `${all} numbers, sorted in ${parts} parts by ${pool.maxWorkers} threads, are ${
      inOrder ? "in order" : "out of order"
    }`,
  );
}
