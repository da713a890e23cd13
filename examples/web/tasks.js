// What the threads run.
import { task } from "@interlock/threading";

const MOST = 2000;

/** How many steps a point of the plane takes to leave, `MOST` if it stays. */
function stepsOf(x, y) {
  let a = 0, b = 0, steps = 0;
  for (; steps < MOST && a * a + b * b <= 4; steps++) {
    [a, b] = [a * a - b * b + x, 2 * a * b + y];
  }
  return steps;
}

// A bundler renames the function, and puts it in two places: its name is given.
export const drawRow = task(
  import.meta,
  function drawRow(row, pixels, width, height) {
    for (let column = 0; column < width; column++) {
      const steps = stepsOf(
        3 * column / width - 2.2,
        2 * row / height - 1,
      );
      const light = steps === MOST
        ? 0
        : 255 * Math.log(steps + 1) / Math.log(MOST);
      const at = 4 * (row * width + column);
      pixels.set([light / 3, light * 0.8, light, 255], at);
    }
  },
  "drawRow",
);
