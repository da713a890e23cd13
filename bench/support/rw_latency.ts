/**
 * How long a writer waits among readers that come again and again.
 *
 * @module
 */

import { AtomicInt32, RWLock } from "../../mod.ts";
import { loopsFor } from "./busy.ts";
import type { Reading } from "./rw_reader.ts";

/** The milliseconds that each of so many write holds took to get, the longest last. */
export async function writerLatency(
  readers: number,
  writes: number,
  awaits = false,
): Promise<number[]> {
  const { read, write } = new RWLock(), running = new AtomicInt32();
  const workers = Array.from({ length: readers }, () => {
    const worker = new Worker(new URL("./rw_reader.ts", import.meta.url), {
      type: "module",
    });
    const loops = loopsFor(2);
    worker.postMessage({ read, running, loops } satisfies Reading);
    return worker;
  });
  const reached = async (n: number) => {
    for (let now; (now = running.load()) !== n;) await running.waitAsync(now);
  };
  await reached(readers);
  const took: number[] = [];
  for (let n = 0; n < writes; n++) {
    const start = performance.now();
    if (awaits) await write.acquireAsync();
    else write.acquire();
    took.push(performance.now() - start);
    write.release();
    await new Promise((turn) => setTimeout(turn, 1));
  }
  // Readers that find it written for so long end.
  write.acquire();
  await reached(0);
  write.release();
  for (const worker of workers) worker.terminate();
  return took.sort((a, b) => a - b);
}
