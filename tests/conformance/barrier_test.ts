import {
  AtomicInt32,
  Barrier,
  BrokenBarrierError,
  CancelledError,
  CancelToken,
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
  wait,
} from "../support/stage.ts";
import * as bodies from "./gate_bodies.ts";

/** Parties that cross once, after they have all come to the barrier. */
async function waiters(
  face: Face,
  stage: Stage,
  n: number,
  barrier: Barrier,
  timeout?: number,
) {
  const arrived = new AtomicInt32();
  const results = stage.parties(
    face,
    n,
    bodies.cross,
    barrier,
    arrived,
    timeout,
  );
  await reached(arrived, n);
  if (n < barrier.parties) {
    while (barrier.waiting < n && !barrier.broken) await rest("async", 1);
  }
  return { results };
}

/** Three parties pass a barrier that is as new. */
async function passes(face: Face, stage: Stage, barrier: Barrier) {
  const { results } = await waiters(face, stage, 3, barrier);
  assertEquals((await results as number[]).sort(), [0, 1, 2]);
}

test("78 Barrier refuses less than one party", () => {
  for (const parties of [0, -1]) {
    assertThrows(() => new Barrier(parties), RangeError, "'parties'");
  }
});

for (
  const [parties, times] of [[2, 1000], [5, 10], [3, 100], [12, 10]] as const
) {
  testFaces(
    `79 80 Barrier keeps ${parties} parties in step for ${times} rounds`,
    async (face, stage) => {
      const barrier = new Barrier(parties), steps = new AtomicInt32();
      const results = await stage.parties(
        face,
        parties,
        bodies.rounds,
        barrier,
        steps,
        times,
      );
      for (let round = 0; round < times; round++) {
        const indices = results.map((of) => of[round]!).sort((a, b) => a - b);
        assertEquals(indices, Array.from({ length: parties }, (_, i) => i));
      }
      assertEquals([barrier.broken, barrier.waiting], [false, 0]);
    },
  );
}

testFaces(
  "81 Barrier's action runs once per trip before anybody passes",
  async (face, stage) => {
    const barrier = new Barrier(4), actions = new AtomicInt32();
    const passed = new AtomicInt32();
    const early = await stage.parties(
      face,
      4,
      bodies.act,
      barrier,
      actions,
      passed,
      20,
    );
    assertEquals(early, [false, false, false, false]);
    assertEquals([actions.load(), passed.load()], [20, 80]);
  },
);

testFaces(
  "82 Barrier.abort breaks it for all, until it is reset",
  async (face, stage) => {
    const barrier = new Barrier(4);
    const { results } = await waiters(face, stage, 3, barrier);
    barrier.abort();
    assertEquals(await results, ["abort", "abort", "abort"]);
    assert(barrier.broken);
    const error = await assertRejects(
      () => wait(face, barrier),
      BrokenBarrierError,
    );
    assertEquals([error.reason, error.code], ["abort", "ERR_BROKEN_BARRIER"]);
    barrier.reset();
    assert(!barrier.broken);
    const after = await (await waiters(face, stage, 4, barrier)).results;
    assertEquals((after as number[]).sort(), [0, 1, 2, 3]);
  },
);

testFaces(
  "83 Barrier.reset fails those who wait, and the next round works",
  async (face, stage) => {
    const barrier = new Barrier(4);
    const { results } = await waiters(face, stage, 3, barrier);
    barrier.reset();
    const { results: next } = await waiters(face, stage, 4, barrier);
    assertEquals(await results, ["reset", "reset", "reset"]);
    assertEquals((await next as number[]).sort(), [0, 1, 2, 3]);
  },
);

testFaces(
  "84 Barrier.reset with nobody waiting breaks nothing",
  async (face, stage) => {
    const barrier = new Barrier(2);
    barrier.reset();
    assert(!barrier.broken);
    assertEquals(
      (await (await waiters(face, stage, 2, barrier)).results as number[])
        .sort(),
      [0, 1],
    );
    barrier.reset();
    assertEquals(
      (await (await waiters(face, stage, 2, barrier)).results as number[])
        .sort(),
      [0, 1],
    );
  },
);

testFaces(
  "85 Barrier breaks for all when one party times out",
  async (face, stage) => {
    const barrier = new Barrier(4);
    const { results: untimed } = await waiters(face, stage, 2, barrier);
    const timed = await stage.party(
      face,
      bodies.cross,
      barrier,
      new AtomicInt32(),
      50,
    );
    assertEquals(timed, "timeout");
    assertEquals(await untimed, ["timeout", "timeout"]);
    assert(barrier.broken);
  },
);

testFaces(
  "85 Barrier.wait of 0 by one party breaks it at once",
  async (face) => {
    const barrier = new Barrier(2);
    await assertRejects(
      () => wait(face, barrier, 0),
      BrokenBarrierError,
      "timed out",
    );
    assert(barrier.broken);
  },
);

testFaces(
  "86 Barrier's own timeout is used where wait has none, and Infinity overrides it",
  async (face, stage) => {
    const barrier = new Barrier(2, { timeout: 60 });
    assertEquals(await (await waiters(face, stage, 1, barrier)).results, [
      "timeout",
    ]);
    barrier.reset();
    const { results: patient } = await waiters(
      face,
      stage,
      1,
      Barrier.from(barrier),
      Infinity,
    );
    await rest("async", 120);
    assertEquals([barrier.broken, barrier.waiting], [false, 1]);
    assertEquals(
      await stage.party(
        face,
        bodies.cross,
        barrier,
        new AtomicInt32(),
        undefined,
      ),
      1,
    );
    assertEquals(await patient, [0]);
  },
);

testFaces(
  "87 Barrier of one party lets it pass at once, and shows how it stands",
  async (face) => {
    const barrier = new Barrier(1);
    assertEquals(await wait(face, barrier, 0), 0);
    assertEquals([barrier.parties, barrier.waiting, `${barrier}`], [
      1,
      0,
      "Barrier(0/1)",
    ]);
    barrier.abort();
    assertEquals(`${barrier}`, "Barrier(broken)");
  },
);

testFaces(
  "88 Barrier breaks for the others when one is cancelled, and a reset restores it",
  async (face, stage) => {
    const barrier = new Barrier(3);
    const { results: others } = await waiters(face, stage, 1, barrier);
    const token = new CancelToken();
    const cancelled = assertRejects(
      () => wait("async", barrier, { token }),
      CancelledError,
    );
    token.cancel();
    await cancelled;
    assertEquals(await others, ["cancel"]);
    barrier.reset();
    await passes(face, stage, barrier);
  },
);

testFaces(
  "88 Barrier survives endless resets under cancelled waits",
  async (face, stage) => {
    const barrier = new Barrier(3);
    for (let round = 0; round < 20; round++) {
      const results = stage.parties(
        "async",
        2,
        bodies.cross,
        barrier,
        new AtomicInt32(),
        5,
      );
      barrier.reset();
      for (const reason of await results) {
        assert(reason === "reset" || reason === "timeout", String(reason));
      }
      barrier.reset();
    }
    await passes(face, stage, barrier);
  },
);

testFaces(
  "89 Barrier breaks when its action throws; the thrower keeps its error",
  async (face, stage) => {
    const barrier = new Barrier(3);
    const { results: others } = await waiters(face, stage, 2, barrier);
    const last = await stage.party(
      face,
      bodies.fail,
      barrier,
      new AtomicInt32(),
    );
    assertEquals(last, "the action failed");
    assertEquals(await others, ["action", "action"]);
    assertEquals([barrier.broken, barrier.waiting], [true, 0]);
    barrier.reset();
    await passes(face, stage, barrier);
  },
);

testFaces("90 Barrier keeps too few parties waiting", async (face, stage) => {
  const barrier = new Barrier(3);
  const { results } = await waiters(face, stage, 2, barrier);
  await rest("async", QUIET);
  assertEquals(barrier.waiting, 2);
  await stage.party(face, bodies.cross, barrier, new AtomicInt32(), undefined);
  assertEquals((await results as number[]).sort(), [0, 1]);
});

testFaces(
  "Barrier with more threads than parties forms groups, and strands nobody",
  async (face, stage) => {
    const barrier = new Barrier(2);
    const indices = (await stage.parties(face, 4, bodies.pairUp, barrier, 100))
      .flat();
    const firsts = indices.filter((index) => index === 0).length;
    assertEquals(indices.length, 2 * firsts, "each 0 has its 1");
    // Three of the four are never left without a partner.
    assert(indices.length >= 300, `only ${indices.length} crossings`);
  },
);
