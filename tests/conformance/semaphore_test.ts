import {
  AtomicInt32,
  BoundedSemaphore,
  Semaphore,
  SyncStateError,
} from "@interlock/threading";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type Face,
  QUIET,
  reached,
  rest,
  type Stage,
  test,
  testFaces,
} from "../support/stage.ts";
import * as bodies from "./semaphore_bodies.ts";

const CLASSES = [Semaphore, BoundedSemaphore];

/** Starts takers of so many permits each. */
function takers(
  stage: Stage,
  face: Face,
  semaphore: Semaphore,
  demands: number[],
) {
  const arrived = new AtomicInt32(), entered = new AtomicInt32();
  const results = Promise.all(
    demands.map((n) =>
      stage.party(face, bodies.take, semaphore, arrived, entered, n)
    ),
  );
  return { arrived, entered, results };
}

for (const Class of CLASSES) {
  const kind = Class.name;

  test(`59 ${kind} begins with 1 permit, refuses a negative number, and is not fair`, () => {
    assertEquals(new Class().value, 1);
    assertEquals(new Class(0).value, 0);
    assertThrows(() => new Class(-1), RangeError, "'value'");
  });

  testFaces(
    `60 ${kind} goes down to zero and back, through nested scopes and exceptions`,
    async (face) => {
      const semaphore = new Class(2);
      const nested = () =>
        semaphore.run(() => {
          assertEquals(semaphore.value, 0);
          throw new RangeError("inside");
        });
      if (face === "sync") {
        assertThrows(() => semaphore.run(nested), RangeError);
        using held = semaphore.hold({ permits: 2 });
        assertEquals(semaphore.value, 0);
        held.release();
      } else {
        await assertRejects(() => semaphore.runAsync(nested), RangeError);
        using _held = await semaphore.holdAsync({ permits: 2 });
        assertEquals(semaphore.value, 0);
      }
      assertEquals(semaphore.value, 2);
    },
  );

  testFaces(
    `61 ${kind} lets exactly the permitted number of 10 threads pass in each phase`,
    async (face, stage) => {
      const semaphore = new Class(7);
      const { arrived, entered, results } = takers(
        stage,
        face,
        semaphore,
        Array(10).fill(1),
      );
      await reached(arrived, 10);
      await reached(entered, 7);
      await rest("async", QUIET);
      assertEquals([entered.load(), semaphore.value], [7, 0]);
      semaphore.release();
      await reached(entered, 8);
      await rest("async", QUIET);
      assertEquals(entered.load(), 8);
      semaphore.release(2);
      await reached(entered, 10);
      assertEquals(await results, Array(10).fill(true));
      assertEquals(semaphore.value, 0);
    },
  );

  testFaces(
    `62 ${kind}.tryAcquire takes until it is empty, and all or nothing`,
    async (face, stage) => {
      const semaphore = new Class(3);
      assertEquals(await stage.party(face, bodies.drain, semaphore), 3);
      semaphore.release(2);
      assert(!semaphore.tryAcquire(3));
      assertEquals(semaphore.value, 2);
      assert(semaphore.tryAcquire(2));
    },
  );

  testFaces(`63 ${kind}.acquire keeps to its timeout`, async (face, stage) => {
    const semaphore = new Class(2);
    assert((await stage.party(face, bodies.timed, semaphore, 2, 1000)).got);
    for (const permits of [1, 2]) {
      const { got, elapsed } = await stage.party(
        face,
        bodies.timed,
        semaphore,
        permits,
        60,
      );
      assert(!got && elapsed >= 60 && elapsed < 600, `took ${elapsed} ms`);
    }
    assert(!(await stage.party(face, bodies.timed, semaphore, 1, 0)).got);
    assertEquals(semaphore.value, 0);
    semaphore.release(2);
    assertEquals(semaphore.value, 2);
  });

  testFaces(
    `70 ${kind} moves permits between threads, one by one and in bulk`,
    async (face, stage) => {
      const semaphore = new Class(4), inside = new AtomicInt32();
      const most = new AtomicInt32();
      await Promise.all(
        [1, 2, 3, 4].map((permits) =>
          stage.party(face, bodies.visit, semaphore, inside, most, permits, 300)
        ),
      );
      assertEquals([inside.load(), semaphore.value], [0, 4]);
      assert(most.load() <= 4);
    },
  );
}

test("65 Semaphore may be released above its start, and its string shows the value", () => {
  const semaphore = new Semaphore(1);
  semaphore.release(2);
  assertEquals(`${semaphore}`, "Semaphore(value: 3)");
  assertEquals(
    `${new BoundedSemaphore(2)}`,
    "BoundedSemaphore(value: 2, bound: 2)",
  );
});

test("66 BoundedSemaphore refuses a release past its bound, and keeps its value", () => {
  const semaphore = new BoundedSemaphore(3);
  const message = "'n' would take it past its bound, received";
  assertThrows(() => semaphore.release(), SyncStateError, message);
  semaphore.acquire({ permits: 2 });
  assertThrows(() => semaphore.release(3), SyncStateError, message);
  assertEquals(semaphore.value, 1);
  const view = Semaphore.from(semaphore);
  assertThrows(() => view.release(3), SyncStateError, message);
  view.release(2);
  assertEquals(semaphore.value, 3);
});

test("66 Semaphore refuses a release past 2147483647, and keeps its value", () => {
  const semaphore = new Semaphore(2147483646);
  assertThrows(() => semaphore.release(2), SyncStateError);
  semaphore.release();
  assertThrows(() => semaphore.release(), SyncStateError);
  assertEquals(semaphore.value, 2147483647);
});

test("69 Semaphore refuses to release no permit", () => {
  const semaphore = new Semaphore(1);
  for (const n of [0, -1]) {
    assertThrows(() => semaphore.release(n), RangeError, "'n'");
  }
  assertEquals(semaphore.value, 1);
});

testFaces(
  "71 Semaphore that is fair serves first the one that came first, whatever it asks for",
  async (face, stage) => {
    const semaphore = new Semaphore(1, { fair: true });
    const first = takers(stage, face, semaphore, [3]);
    await reached(first.arrived, 1);
    await rest("async", QUIET);
    const { got } = await stage.party(face, bodies.timed, semaphore, 1, 40);
    assert(!got, "a later one got in first");
    assert(semaphore.tryAcquire(), "an attempt that does not wait may get in");
    semaphore.release();
    assertEquals(first.entered.load(), 0);
    semaphore.release(2);
    assertEquals(await first.results, [true]);
    assertEquals(semaphore.value, 0);
  },
);

testFaces(
  "71 Semaphore that is fair serves waiters in order of arrival",
  async (face, stage) => {
    const semaphore = new Semaphore(0, { fair: true });
    const order: number[] = [];
    const all: Promise<unknown>[] = [];
    for (let i = 0; i < 4; i++) {
      const one = takers(stage, face, semaphore, [1]);
      all.push(one.results.then(() => order.push(i)));
      await reached(one.arrived, 1);
      await rest("async", QUIET);
    }
    for (let i = 0; i < 4; i++) {
      semaphore.release();
      await all[i];
    }
    assertEquals(order, [0, 1, 2, 3]);
  },
);

testFaces(
  "72 Semaphore gives permits to a storm of acquires of a microsecond",
  async (face, stage) => {
    const semaphore = new Semaphore(0), arrived = new AtomicInt32();
    const results = stage.parties(face, 4, bodies.storm, semaphore, arrived);
    await reached(arrived, 4);
    semaphore.release(4);
    assertEquals((await results).length, 4);
    assertEquals(semaphore.value, 0);
  },
);

for (const fair of [false, true]) {
  testFaces(
    `Semaphore with mixed demands strands nobody, ${fair ? "fair" : "barging"}`,
    async (face, stage) => {
      const semaphore = new Semaphore(0, { fair });
      const { arrived, entered, results } = takers(stage, face, semaphore, [
        2,
        1,
      ]);
      await reached(arrived, 2);
      await rest("async", QUIET);
      semaphore.release();
      semaphore.release();
      semaphore.release();
      assertEquals(await results, [true, true]);
      assertEquals([entered.load(), semaphore.value], [2, 0]);
    },
  );

  testFaces(
    `Semaphore serves the next when one that asks for more gives up, ${
      fair ? "fair" : "barging"
    }`,
    async (face, stage) => {
      const semaphore = new Semaphore(1, { fair });
      const big = stage.party(face, bodies.timed, semaphore, 2, 80);
      await rest("async", QUIET);
      const small = stage.party(face, bodies.timed, semaphore, 1, 10_000);
      assert(!(await big).got);
      assert((await small).got);
      assertEquals(semaphore.value, 0);
    },
  );

  testFaces(
    `Semaphore serves more waiters than its queue has places, ${
      fair ? "fair" : "barging"
    }`,
    async (face, stage) => {
      if (face === "sync") return; // 40 threads are too many for a test
      const semaphore = new Semaphore(0, { fair });
      const { results } = takers(stage, face, semaphore, Array(80).fill(1));
      semaphore.release(80);
      assertEquals(await results, Array(80).fill(true));
      assertEquals(semaphore.value, 0);
    },
  );
}
