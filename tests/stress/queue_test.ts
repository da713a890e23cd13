// Many items through each queue, from real threads, in all ways to put and get mixed:
// nothing is lost, doubled, altered or out of order, and memory does not grow.
// INTERLOCK_ITEMS=n sends n items through each queue; INTERLOCK_SEED=n repeats a failure.

import {
  AtomicInt32,
  Channel,
  LifoQueue,
  PriorityQueue,
  Queue,
  SimpleQueue,
} from "@interlock/threading";
import { assert, assertEquals } from "@std/assert";
import { test } from "../support/stage.ts";
import * as bodies from "./queue_bodies.ts";

const { MOST, TASKS } = bodies;

const ITEMS = Number(Deno.env.get("INTERLOCK_ITEMS") ?? 50_000);
const SEED = Number(Deno.env.get("INTERLOCK_SEED") ?? Date.now() % 1e6);
const SIZES = [1, 2, 4, 8];
const TIMEOUT = 60_000 + ITEMS / 10;

function queues(): bodies.AnyQueue[] {
  // Hardly more than they need: what leaks is soon missing.
  const options = { maxSize: MOST, capacity: 2 ** 17 };
  return [
    new Queue<unknown>(options),
    new LifoQueue<unknown>(options),
    new PriorityQueue<unknown>(options),
    new SimpleQueue<unknown>({ capacity: 2 ** 17 }),
    new Channel<unknown>(options),
    new Channel<unknown>({ capacity: 2 ** 14 }),
  ];
}

/** Fills it with items that no other is larger than, and empties it; the bytes that it takes then. */
function stretch(queue: bodies.AnyQueue, parties: number): number {
  const most = queue.kind === "SimpleQueue" ? MOST + 2 * parties : MOST;
  const largest = { item: "x".repeat(300) }, face = bodies.faceOf(queue);
  for (let i = 0; i < most; i++) {
    if (queue.kind === "SimpleQueue") queue.put(largest);
    // A channel that keeps nothing takes nothing.
    else face.tryPut(largest, { priority: 0 });
  }
  while (face.tryGet() !== undefined);
  return queue.buffer.byteLength;
}

for (const threads of SIZES) {
  test(
    `${threads} threads that produce and ${threads} that consume lose, double, alter and reorder nothing in any queue, and its memory stays as it is`,
    async (stage) => {
      const parties = threads * TASKS;
      const each = Math.floor(ITEMS / SIZES.length / parties);
      const total = each * parties, bytes = Math.ceil(total / 32) * 4;
      const runs = queues().map((queue): bodies.Run => ({
        queue,
        open: new AtomicInt32(parties),
        seen: new Int32Array(new SharedArrayBuffer(bytes)),
      }));
      const lengths = runs.map(({ queue }) => stretch(queue, parties));
      const { consume, produce } = bodies;
      const pairs = Array.from({ length: threads }, (_, i) => {
        const seed = SEED + 100 * threads + 2 * i;
        return [
          stage.thread(produce, seed, runs, i, parties, each),
          stage.thread(consume, seed + 1, runs, each),
        ] as const;
      });
      const counts = await Promise.all(pairs.map(async (pair) => {
        const [, taken] = await Promise.all([
          pair[0].resultAsync(TIMEOUT),
          pair[1].resultAsync(TIMEOUT),
        ]);
        return taken;
      })).catch((error) => {
        for (const { queue } of runs) bodies.end(queue, parties);
        throw error;
      });
      for (const [k, { queue, seen }] of runs.entries()) {
        const what = `${queue.kind}, seed ${SEED}`;
        const sum = counts.reduce((sum, count) => sum + count[k]!, 0);
        assertEquals(sum, total, `${what}: the number of items`);
        const isSeen = (i: number) => (seen[i >> 5]! >> (i & 31) & 1) === 1;
        for (let i = 0; i < total; i++) {
          assert(isSeen(i), `${what}: item ${i} is lost`);
        }
        assertEquals(queue.size, 0, what);
        assertEquals(queue.buffer.byteLength, lengths[k], `${what}: memory`);
      }
    },
    TIMEOUT,
  );
}
