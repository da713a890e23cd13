// Threads that count and map at random: no count is lost, no value is torn or another's,
// and memory does not grow.
// INTERLOCK_ITEMS=n does so much in all; INTERLOCK_SEED=n repeats a failure.

import { Counter, SharedMap } from "@interlock/threading";
import { assert, assertEquals } from "@std/assert";
import { test } from "../support/stage.ts";
import { keyAt, KEYS, mix, type Run } from "./dictionary_bodies.ts";

const ITEMS = Number(Deno.env.get("INTERLOCK_ITEMS") ?? 200_000);
const SEED = Number(Deno.env.get("INTERLOCK_SEED") ?? Date.now() % 1e6);
const SIZES = [1, 2, 4, 8];
const TIMEOUT = 60_000 + ITEMS / 5;

for (const threads of SIZES) {
  test(
    `${threads} threads lose and tear nothing in a Counter and a SharedMap, and memory stays as it is`,
    async (stage) => {
      const run: Run = { counter: new Counter(), map: new SharedMap() };
      const each = Math.floor(ITEMS / SIZES.length / threads);
      // More than there ever is at once.
      for (let i = 0; i < KEYS; i++) run.counter.set(keyAt(i), 0);
      for (let i = 0; i < 2 * KEYS; i++) {
        run.map.set(`${i}`, { text: "x".repeat(400) });
      }
      run.map.clear();
      const lengths = [run.counter, run.map].map((o) => o.buffer.byteLength);
      const parties = Array.from(
        { length: threads },
        (_, i) => stage.thread(mix, SEED + 100 * threads + i, run, i, each),
      );
      const added = await Promise.all(
        parties.map((party) => party.resultAsync(TIMEOUT)),
      );
      const what = `seed ${SEED}`, counts = run.counter.snapshot();
      for (let i = 0; i < KEYS; i++) {
        const sum = added.reduce((sum, of) => sum + of[i]!, 0);
        assertEquals(counts.get(keyAt(i)), sum, `${what}: key ${i}`);
      }
      for (const key of run.map.keys()) assert(counts.has(key), what);
      assertEquals(
        [run.counter, run.map].map((o) => o.buffer.byteLength),
        lengths,
        `${what}: memory`,
      );
    },
    TIMEOUT,
  );
}
