// A stream between two threads, in all ways to put and to get. Seeded: a failure names
// its seed, and INTERLOCK_SEED=n repeats it. INTERLOCK_STRESS=n sends n times as much.

import { SpscQueue } from "@interlock/threading";
import { assertEquals } from "@std/assert";
import { test } from "../support/stage.ts";
import { receive, send } from "./spsc_bodies.ts";

const FACTOR = Number(Deno.env.get("INTERLOCK_STRESS") ?? 1);
const SEED = Number(Deno.env.get("INTERLOCK_SEED") ?? Date.now() % 1e6);
const TIMES = 100_000 * FACTOR;
const TIMEOUT = 60_000 * FACTOR;

for (const type of ["int32", "float64", "bytes"] as const) {
  test(
    `165 SpscQueue, ${type}: of ${TIMES} items nothing is lost, doubled, altered or out of order`,
    async (stage) => {
      // Small, so that it is full, and empty, again and again.
      const queue = new SpscQueue({ type, capacity: 128 });
      const sent = stage.thread(send, SEED, TIMES, queue);
      const received = stage.thread(receive, SEED + 1, queue);
      const result = await received.resultAsync();
      assertEquals(result, { count: TIMES, wrong: -1 }, `seed ${SEED}`);
      await sent.resultAsync();
    },
    TIMEOUT,
  );
}

test("165 SpscQueue carries a stream to the thread that made it", async (stage) => {
  const queue = new SpscQueue({ type: "int32", capacity: 64 });
  const times = TIMES / 10;
  const sent = stage.thread(send, SEED, times, queue);
  assertEquals(await receive(SEED, queue), { count: times, wrong: -1 });
  await sent.resultAsync();
});
