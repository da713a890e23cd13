/**
 * A picture of the Mandelbrot set: work of which some elements take much longer than others.
 *
 * @module
 */

import { type Task, task } from "../../mod.ts";

const WIDTH = 1600, HEIGHT = 1200, MOST = 300;
const POINTS = WIDTH * HEIGHT;

/** From one element to the next the picture is left out by so much: so any range has some of all of it. */
const STEP = 1_186_607;

/** What an element takes to leave the set: some points 10 steps, some 300. */
export const escape: Task<(element: number) => number> = task(
  import.meta,
  function escape(element: number) {
    const point = element * STEP % POINTS;
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

/** Computes elements from one on into an array, at their places. */
export function escapes(into: Int32Array, first: number, end: number): void {
  for (let i = first; i < end; i++) into[i] = escape(i);
}
