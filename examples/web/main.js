// A page that keeps its frame rate while all cores work: the threads of a pool draw
// the Mandelbrot set into shared memory, and the page shows at each frame how far
// they are.
//
//     cd examples/web && npx --yes vite@8.3.8

import { parallelForAsync, ThreadPoolExecutor } from "@interlock/threading";
import { drawRow } from "./tasks.js";

const button = document.querySelector("button");
const bar = document.querySelector("progress");
const report = document.querySelector("output");
const canvas = document.querySelector("canvas");

const pool = new ThreadPoolExecutor({
  worker: () =>
    new Worker(new URL("./worker.js", import.meta.url), { type: "module" }),
});

/** Calls `show` at each frame until it is aborted; returns the longest time between two, in milliseconds. */
function eachFrame(signal, show) {
  let longest = 0, last = performance.now();
  const frame = (now) => {
    longest = Math.max(longest, now - last);
    last = now;
    show();
    if (!signal.aborted) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  return () => longest;
}

async function draw() {
  const { width, height } = canvas, context = canvas.getContext("2d");
  // A canvas takes no shared memory: the page copies the picture at each frame.
  const pixels = new Uint8ClampedArray(
    new SharedArrayBuffer(4 * width * height),
  );
  const picture = context.createImageData(width, height);
  const drawing = new AbortController();
  const longestGap = eachFrame(drawing.signal, () => {
    picture.data.set(pixels);
    context.putImageData(picture, 0, 0);
  });
  const begin = performance.now();
  await parallelForAsync(drawRow, height, {
    pool,
    chunkSize: 4,
    args: [pixels, width, height],
    onProgress(done, total) {
      bar.max = total;
      bar.value = done;
    },
  });
  const passed = performance.now() - begin;
  drawing.abort();
  return `${Math.round(passed)} ms by ${pool.maxWorkers} threads; ` +
    `longest gap between two frames: ${Math.round(longestGap())} ms`;
}

button.addEventListener("click", async () => {
  button.disabled = true;
  report.value = "drawing…";
  try {
    report.value = await draw();
  } catch (error) {
    report.value = String(error);
  }
  button.disabled = false;
});
