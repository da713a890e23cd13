// The Mandelbrot set, drawn by all cores into shared memory, and then by one thread, to
// see how much faster all are. The picture is written to a file:
//
//     deno run -R=. -W examples/mandelbrot.ts mandelbrot.png

import {
  parallelFor,
  type Task,
  task,
  ThreadPoolExecutor,
} from "@interlock/threading";
import { crc32, deflateSync } from "node:zlib";

const WIDTH = 900, HEIGHT = 600, MOST = 400;

type Pixels = Uint8Array<SharedArrayBuffer>;

/** How many steps a point of the plane takes to get away, `MOST` if it stays. */
function stepsOf(x: number, y: number): number {
  let a = 0, b = 0, steps = 0;
  while (steps < MOST && a * a + b * b <= 4) {
    [a, b] = [a * a - b * b + x, 2 * a * b + y];
    steps++;
  }
  return steps;
}

/** Draws one row; who stays longer is lighter, who stays for ever black. */
export const drawRow: Task<(row: number, pixels: Pixels) => void> = task(
  import.meta,
  function drawRow(row, pixels) {
    const y = 2.4 * (row + 0.5) / HEIGHT - 1.2;
    for (let column = 0; column < WIDTH; column++) {
      const steps = stepsOf(3.6 * column / WIDTH - 2.5, y);
      const light = steps === MOST ? 0 : (steps / MOST) ** 0.35;
      pixels[row * WIDTH + column] = 255 * light;
    }
  },
);

/** Draws the picture, and returns how many milliseconds that took. */
function draw(pixels: Pixels, pool: ThreadPoolExecutor, maxWorkers: number) {
  const begin = performance.now();
  parallelFor(drawRow, HEIGHT, { pool, maxWorkers, args: [pixels] });
  return performance.now() - begin;
}

/** A picture in shades of grey, as the bytes of a PNG file. */
function png(pixels: Pixels): Uint8Array<ArrayBuffer> {
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, WIDTH);
  header.setUint32(4, HEIGHT);
  header.setUint8(8, 8); // bits
  const rows = new Uint8Array((WIDTH + 1) * HEIGHT); // each begins with a 0
  for (let y = 0; y < HEIGHT; y++) {
    const row = pixels.subarray(y * WIDTH, (y + 1) * WIDTH);
    rows.set(row, y * (WIDTH + 1) + 1);
  }
  const signature = [137, 80, 78, 71, 13, 10, 26, 10];
  return new Uint8Array([
    ...signature,
    ...chunk("IHDR", new Uint8Array(header.buffer)),
    ...chunk("IDAT", deflateSync(rows)),
    ...chunk("IEND", new Uint8Array()),
  ]);
}

/** A part of a PNG file: its length, its name, what it holds, and a checksum. */
function chunk(name: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(name), 4);
  bytes.set(data, 8);
  view.setUint32(data.length + 8, crc32(bytes.subarray(4, data.length + 8)));
  return bytes;
}

if (import.meta.main) {
  const pixels: Pixels = new Uint8Array(new SharedArrayBuffer(WIDTH * HEIGHT));
  await using pool = new ThreadPoolExecutor();
  const threads = pool.maxWorkers;
  draw(pixels, pool, threads); // The threads start, and the code gets warm.
  let all = Infinity, one = Infinity;
  for (let i = 0; i < 3; i++) {
    all = Math.min(all, draw(pixels, pool, threads));
    one = Math.min(one, draw(pixels, pool, 1));
  }
  const speedUp = (one / all).toFixed(1);
  console.log(`${speedUp} times as fast by ${threads} threads as by one`);

  const file = Deno.args[0] ?? Deno.makeTempFileSync({ suffix: ".png" });
  Deno.writeFileSync(file, png(pixels));
  console.log(`${WIDTH} x ${HEIGHT} points are in ${file}`);
}
