/**
 * How much faster `parallelMap` is than a loop in one thread.
 *
 *     deno run -A --no-check bench/support/parallel_ratio.ts
 *
 * @module
 */

import { parallelMap, type Task, task, ThreadPoolExecutor } from "../../mod.ts";
import { median } from "./measure.ts";

const WIDTH = 1600, HEIGHT = 1200, MOST = 300;

/** How many steps a point of a picture of the Mandelbrot set takes to leave it: some 10, some 300. */
export const escape: Task<(point: number) => number> = task(
  import.meta,
  function escape(point: number) {
    const re = point % WIDTH / WIDTH * 3 - 2.25;
    const im = Math.floor(point / WIDTH) / HEIGHT * 2.5 - 1.25;
    let x = 0, y = 0, steps = 0;
    for (; steps < MOST && x * x + y * y <= 4; steps++) {
      const next = x * x - y * y + re;
      y = 2 * x * y + im;
      x = next;
    }
    return steps;
  },
);

/** The times of the loop as multiples of those of `parallelMap`, which blocks and takes part: one extra thread. */
export function parallelRatios(turns: number): number[] {
  using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const length = WIDTH * HEIGHT;
  const wanted = new Int32Array(length);
  const loop = () => {
    for (let i = 0; i < length; i++) wanted[i] = escape(i);
  };
  // Both write where memory is there already.
  const output = new Int32Array(new SharedArrayBuffer(length * 4));
  const parallel = () => {
    parallelMap(escape, length, { pool, maxWorkers: 2, output });
  };
  const time = (run: () => void) => {
    const begun = performance.now();
    run();
    return performance.now() - begun;
  };
  // The first turns are for the compilers.
  const ratios = Array.from(
    { length: turns + 2 },
    () => time(loop) / time(parallel),
  ).slice(2);
  if (wanted.join() !== output.join()) throw new Error("the results differ");
  return ratios;
}

if (import.meta.main) {
  const ratios = parallelRatios(5);
  console.log(
    `parallelMap, 2 threads: ${median(ratios).toFixed(2)} times one thread (${
      ratios.map((ratio) => ratio.toFixed(2)).join(", ")
    })`,
  );
}
