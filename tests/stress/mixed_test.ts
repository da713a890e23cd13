// Real threads, all ways to wait mixed, more threads than cores. Seeded: a failure
// names its seed, and INTERLOCK_SEED=n repeats it. INTERLOCK_STRESS=n makes n times
// as many rounds.

import {
  AtomicInt32,
  Barrier,
  BoundedSemaphore,
  Condition,
  Lock,
  RWLock,
  Semaphore,
} from "@interlock/threading";
import { assert, assertEquals } from "@std/assert";
import { test } from "../support/stage.ts";
import { realm } from "../../primitives/_realm.ts";
import { bring, churn, cross, demand, fetch } from "./mixed_bodies.ts";

const FACTOR = Number(Deno.env.get("INTERLOCK_STRESS") ?? 1);
const SEED = Number(Deno.env.get("INTERLOCK_SEED") ?? Date.now() % 1e6);
const TIMEOUT = 40_000 * FACTOR;

const GUARDS = {
  Lock: () => new Lock(),
  "fair Lock": () => new Lock({ fair: true }),
  Semaphore: () => new Semaphore(1),
  "fair Semaphore": () => new Semaphore(1, { fair: true }),
  BoundedSemaphore: () => new BoundedSemaphore(1),
  "RWLock.write": () => new RWLock().write,
};

for (const [name, make] of Object.entries(GUARDS)) {
  for (const threads of [2, 8]) {
    test(
      `${name}: ${threads} threads and this one, in all ways at once, exclude each other and lose nothing`,
      async (stage) => {
        const guard = make(), one = new AtomicInt32(), two = new AtomicInt32();
        const times = 2400 / threads * FACTOR;
        const others = Array.from(
          { length: threads },
          (_, i) =>
            stage.thread(churn, SEED + i, times, guard, one, two, true)
              .resultAsync(),
        );
        // This thread has awaiting tasks while it blocks.
        const own = Array.from(
          { length: 3 },
          (_, i) => churn(SEED + 100 + i, times / 3, guard, one, two, false),
        );
        const passed = await Promise.all([...others, ...own]);
        const sum = passed.reduce((a, b) => a + b, 0);
        assert(sum > 0, `seed ${SEED}`);
        assertEquals([one.load(), two.load()], [sum, sum], `seed ${SEED}`);
        assert(guard.tryAcquire(), `held at the end, seed ${SEED}`);
        assertEquals(realm.awaiting, 0);
      },
      TIMEOUT,
    );
  }
}

for (const fair of [false, true]) {
  for (const threads of [3, 8]) {
    test(
      `Semaphore, ${
        fair ? "fair" : "barging"
      }: ${threads} threads with mixed demands strand nobody`,
      async (stage) => {
        const most = 5, out = new AtomicInt32();
        const semaphore = new Semaphore(most, { fair });
        const times = 1800 / threads * FACTOR;
        await Promise.all(
          Array.from(
            { length: threads },
            (_, i) =>
              stage.thread(demand, SEED + i, times, semaphore, out, most)
                .resultAsync(),
          ),
        );
        assertEquals([semaphore.value, out.load()], [most, 0], `seed ${SEED}`);
      },
      TIMEOUT,
    );
  }
}

for (const threads of [2, 6, 12]) {
  test(
    `Barrier: ${threads} threads under aborts, timeouts and resets all get to the end`,
    async (stage) => {
      const barrier = new Barrier(Math.min(threads, 3));
      const passed = await Promise.all(
        Array.from(
          { length: threads },
          (_, i) =>
            stage.thread(cross, SEED + i, 150 * FACTOR, barrier).resultAsync(),
        ),
      );
      assert(passed.some((n) => n > 0), `nobody passed, seed ${SEED}`);
    },
    TIMEOUT,
  );
}

for (const threads of [1, 4]) {
  test(
    `Condition: ${threads} threads bring things and ${threads} fetch them, in all ways, and miss none`,
    async (stage) => {
      const lock = new Lock(), condition = new Condition(lock);
      const things = new AtomicInt32(), times = 800 / threads * FACTOR;
      await Promise.all(
        Array.from({ length: 2 * threads }, (_, i) => {
          const body = i % 2 === 0 ? bring : fetch;
          return stage.thread(body, SEED + i, times, condition, things)
            .resultAsync();
        }),
      );
      assertEquals([things.load(), condition.waiting], [0, 0], `seed ${SEED}`);
      assert(!lock.locked, `held at the end, seed ${SEED}`);
    },
    TIMEOUT,
  );
}
