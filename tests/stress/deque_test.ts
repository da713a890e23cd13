// Many items through a deque, from real threads, at both ends and in all ways mixed:
// nothing is lost, doubled or altered, and memory does not grow.
// INTERLOCK_ITEMS=n sends n items; INTERLOCK_SEED=n repeats a failure.

import { AtomicInt32, Deque } from "@interlock/threading";
import { assert, assertEquals } from "@std/assert";
import { test } from "../support/stage.ts";
import * as bodies from "./deque_bodies.ts";
import { MOST } from "./queue_bodies.ts";

const ITEMS = Number(Deno.env.get("INTERLOCK_ITEMS") ?? 100_000);
const SEED = Number(Deno.env.get("INTERLOCK_SEED") ?? Date.now() % 1e6);
const SIZES = [1, 2, 4, 8];
const TIMEOUT = 60_000 + ITEMS / 10;

/** Fills it with the largest items, and empties it; the bytes that it takes then. */
function stretch(deque: Deque): number {
  // Of all items none takes more bytes than this, whatever its number.
  const largest = { item: "x".repeat(200) };
  for (let i = 0; i < MOST + SIZES.at(-1)!; i++) deque.pushBack(largest);
  deque.clear();
  return deque.buffer.byteLength;
}

for (const threads of SIZES) {
  test(
    `Deque: ${threads} producers and ${threads} consumers lose, double and alter nothing`,
    async (stage) => {
      const deque = new Deque<unknown>(), byteLength = stretch(deque);
      const each = Math.floor(ITEMS / SIZES.length / threads);
      const total = each * threads, taken = new AtomicInt32();
      const seen = new Int32Array(new SharedArrayBuffer((total + 31 >> 5) * 4));
      const numbers = Array.from({ length: threads }, (_, i) => i);
      const seedOf = (i: number) => SEED + 1000 * threads + i;
      const counts = Promise.all(numbers.map((i) =>
        stage.thread(
          bodies.consume,
          seedOf(-1 - i),
          deque,
          seen,
          each,
          taken,
          total,
        ).resultAsync(TIMEOUT)
      ));
      const producers = numbers.map((i) =>
        stage.thread(bodies.produce, seedOf(i), deque, i, each)
          .resultAsync(TIMEOUT)
      );
      // A consumer that fails leaves the others waiting.
      await Promise.race([Promise.all(producers), counts]);
      await Promise.race([lastTaken(taken, total), counts]);
      for (let i = 0; i < threads; i++) deque.pushBack(null);
      const sum = (await counts).reduce((a, b) => a + b);
      assertEquals(sum, total, `lost, seed ${SEED}`);
      for (let i = 0; i < total; i++) {
        assert((seen[i >> 5]! >> (i & 31) & 1) === 1, `item ${i} is lost`);
      }
      assertEquals(
        [deque.size, deque.buffer.byteLength],
        [0, byteLength],
        `size and memory at the end, seed ${SEED}`,
      );
    },
    TIMEOUT,
  );
}

async function lastTaken(taken: AtomicInt32, total: number): Promise<void> {
  for (let n = taken.load(); n < total; n = taken.load()) {
    await taken.waitAsync(n, TIMEOUT);
  }
}

for (const capacity of [undefined, 4096]) {
  test(
    `Deque of the latest, capacity ${capacity}: whoever looks sees them in order, and never too many`,
    async (stage) => {
      const deque = new Deque<unknown>({
        maxlen: 16,
        ...capacity === undefined ? {} : { capacity },
      });
      const each = Math.floor(ITEMS / 10);
      const looks = [false, true].map((takes) =>
        stage.thread(bodies.watch, deque, takes).resultAsync(TIMEOUT)
      );
      const reports = [0, 1].map((producer) =>
        stage.thread(bodies.report, deque, producer, each).resultAsync(TIMEOUT)
      );
      await Promise.all(reports);
      deque.pushBack(null);
      for (const n of await Promise.all(looks)) assert(n > 0);
    },
    TIMEOUT,
  );
}
