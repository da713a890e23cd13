import {
  AtomicInt32,
  CancelToken,
  DeadlockError,
  Event,
  Once,
  OnceCell,
  SyncStateError,
  TimeoutError,
  WouldBlockError,
} from "@interlock/threading";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { realm } from "../../primitives/_realm.ts";
import {
  comeAlive,
  createRoster,
  enlist,
  markDead,
} from "../../primitives/_roster.ts";
import { threadId } from "../../primitives/_thread_id.ts";
import {
  FACES,
  QUIET,
  reached,
  rest,
  test,
  testFaces,
  wait,
} from "../support/stage.ts";
import * as bodies from "./once_bodies.ts";

const { get, run } = bodies;

class Unlucky extends Error {}

function noLuck(): never {
  throw new Unlucky("no luck");
}

testFaces(
  "132 Once runs one function of all threads', and everyone returns after it",
  async (face, stage) => {
    const onces = Array.from({ length: 50 }, () => new Once());
    const begun = new AtomicInt32(), ended = new AtomicInt32();
    const { stampede } = bodies;
    const late = await stage.parties(face, 6, stampede, onces, begun, ended);
    assertEquals(late, Array(6).fill(true));
    assertEquals([begun.load(), ended.load()], [50, 50]);
    assert(onces.every((once) => once.isDone));
    for (const once of onces) await run(face, once, noLuck);
  },
);

testFaces(
  "132 Once is waited for, and waiting runs nothing",
  async (face, stage) => {
    const once = new Once(), arrived = new AtomicInt32();
    const ended = new AtomicInt32();
    assertEquals([`${once}`, once.isDone], ["Once(open)", false]);
    const waits = stage.parties(
      face,
      3,
      bodies.waitFor,
      once,
      arrived,
      ended,
    );
    await reached(arrived, 3);
    assert(!await wait(face, once, QUIET), "nothing has run");
    await run("async", once, () => ended.store(7));
    assertEquals(await waits, [7, 7, 7]);
    assertEquals(`${once}`, "Once(done)");
    assert(await wait(face, once, 0));
  },
);

testFaces(
  "133 Once that replays has had its function called when that throws",
  async (face, stage) => {
    const once = new Once({ onError: "replay" }), begun = new AtomicInt32();
    const same = ["RangeError", "no luck", "ERR_LUCK", true];
    const told = await stage.parties(face, 4, bodies.fails, once, begun);
    assertEquals(told, Array(4).fill(same));
    assertEquals([begun.load(), once.isDone], [1, false]);
    assertEquals(`${once}`, "Once(failed)");
    for (const force of [false, true]) {
      await assertRejects(
        () => run(face, once, () => {}, { force }),
        RangeError,
        "no luck",
      );
    }
    await assertRejects(() => wait(face, once), RangeError, "no luck");
  },
);

testFaces(
  "134 Once is poisoned by a function that throws, until one is forced",
  async (face, stage) => {
    const once = new Once({ onError: "poison" });
    await assertRejects(() => run(face, once, noLuck), Unlucky);
    assertEquals([`${once}`, once.isDone], ["Once(poisoned)", false]);
    for (
      const call of [
        () => run(face, once, () => {}),
        () => wait(face, once),
        () => wait(face, once, 0),
      ]
    ) {
      const error = await assertRejects(call, SyncStateError, "was poisoned");
      assert(error.message.endsWith("Error: no luck"), error.message);
      assertEquals((error.cause as Error).message, "no luck");
    }
    // A forced one fails, and it is poisoned anew.
    const worse = () => {
      throw new TypeError("worse");
    };
    await assertRejects(
      () => run(face, once, worse, { force: true }),
      TypeError,
    );
    await assertRejects(
      () => run(face, once, noLuck),
      SyncStateError,
      "was poisoned: TypeError: worse",
    );
    // Others queue behind a forced one.
    const arrived = new AtomicInt32(), go = new Event();
    const forced = stage.party(
      face,
      bodies.runUntil,
      once,
      arrived,
      go,
      true,
      { force: true },
    );
    await reached(arrived, 1);
    const others = stage.parties(face, 2, bodies.runOwn, once, arrived);
    const waits = stage.party(
      face,
      bodies.waitFor,
      once,
      arrived,
      new AtomicInt32(5),
    );
    await reached(arrived, 4);
    await rest("async", QUIET);
    assertEquals(`${once}`, "Once(running)");
    go.set();
    assertEquals(await forced, "ran");
    assertEquals([await others, await waits], [[false, false], 5]);
    await run(face, once, noLuck);
  },
);

testFaces(
  "135 OnceCell is empty before, and a failed initialiser leaves it so",
  async (face) => {
    const cell = new OnceCell<string>();
    assertEquals([cell.tryGet(), `${cell}`], [undefined, "OnceCell(open)"]);
    await assertRejects(() => get(face, cell, noLuck), Unlucky, "no luck");
    await assertRejects(
      () => get(face, cell, () => (() => {}) as never),
      TypeError,
      "Cannot encode value: function",
    );
    await assertRejects(
      () => get(face, cell, () => "x".repeat(1000)),
      RangeError,
      "the value takes 1003 bytes, and its 'capacity' is 960",
    );
    assertEquals([cell.tryGet(), await wait(face, cell, 0)], [
      undefined,
      false,
    ]);
    assertEquals(await get(face, cell, () => "first"), "first");
    assertEquals(await get(face, cell, noLuck), "first");
    assert(!cell.set("second"));
    assertEquals(OnceCell.from<string>(cell.handle).tryGet()!.value, "first");
    assert(await wait(face, cell, 0));
    const other = new OnceCell<number[]>();
    assert(other.set([1]) && !other.set([2]));
    assertEquals(await get(face, other, noLuck), [1]);
  },
);

testFaces(
  "135 Once that failed is run by the next caller, or by one that waits",
  async (face, stage) => {
    const once = new Once(), arrived = new AtomicInt32(), go = new Event();
    const first = stage.party(
      face,
      bodies.runUntil,
      once,
      arrived,
      go,
      false,
      undefined,
    );
    await reached(arrived, 1);
    const others = stage.parties(face, 3, bodies.runOwn, once, arrived);
    await reached(arrived, 4);
    await rest("async", QUIET);
    go.set();
    assertEquals(await first, "Error: no luck");
    assertEquals((await others).filter((own) => own === true).length, 1);
    assert(once.isDone);
  },
);

testFaces(
  "135 OnceCell has one value for all threads",
  async (face, stage) => {
    const cells = Array.from({ length: 30 }, () => new OnceCell<string>());
    const got = await Promise.all(
      ["a", "b", "c", "d"].map((mine) =>
        stage.party(face, bodies.decide, cells, mine)
      ),
    );
    for (const values of got) assertEquals(values, got[0]);
    assertEquals(cells.map((cell) => cell.tryGet()!.value), got[0]);
  },
);

test("136 OnceCell shows pollers nothing or the whole value, with racing writers", async (stage) => {
  const cells = Array.from({ length: 300 }, () => new OnceCell<string>());
  const polling = new AtomicInt32();
  const pollers = stage.parties("sync", 2, bodies.poll, cells, polling);
  const won = await Promise.all(["a", "b"].map((letter) => {
    const mine = letter.repeat(500);
    return stage.party("sync", bodies.setAll, cells, mine, polling);
  }));
  assertEquals(won[0]! + won[1]!, 300);
  assertEquals(await pollers, [[], []]);
});

testFaces(
  "138 OnceCell calls its initialiser at the first access; its failure poisons what comes later",
  async (face) => {
    let calls = 0;
    const cell = new OnceCell<number>({ onError: "poison" });
    const init = () => {
      if (++calls === 1) throw new Unlucky("no luck");
      return calls;
    };
    assertEquals(calls, 0);
    await assertRejects(() => get(face, cell, init), Unlucky, "no luck");
    await assertRejects(
      () => get(face, cell, init),
      SyncStateError,
      "Cannot get OnceCell: it was poisoned: Error: no luck",
    );
    assertThrows(() => cell.set(7), SyncStateError, "was poisoned");
    assertEquals([cell.tryGet(), calls], [undefined, 1]);
    assertEquals(await get(face, cell, init, { force: true }), 2);
    assertEquals(await get(face, cell, init), 2);
  },
);

testFaces(
  "139 OnceCell returns, or throws, the same every time",
  async (face) => {
    let calls = 0;
    const value = new OnceCell<{ n: number }>({ onError: "replay" });
    const first = await get(face, value, () => ({ n: ++calls }));
    assertEquals([first, calls], [{ n: 1 }, 1]);
    assert(await get(face, value, noLuck) === first, "decoded once");
    for (
      const [thrown, told] of [
        [new TimeoutError("late"), "TimeoutError: late"],
        [new DOMException("gone", "AbortError"), "AbortError: gone"],
        [new Unlucky("no luck"), "Error: no luck"],
        [{ a: 1 }, undefined],
        ["text", undefined],
        [() => {}, "Error: function"],
      ] as const
    ) {
      const failing = new OnceCell({ onError: "replay", capacity: 1 });
      const init = () => {
        calls++;
        throw thrown;
      };
      for (let i = 0; i < 3; i++) {
        const caught = await get(face, failing, init).catch((error) => error);
        if (i === 0) assert(caught === thrown);
        else if (told === undefined) assertEquals(caught, thrown);
        else {
          assertEquals(String(caught), told);
          if ("code" in thrown) {
            assertEquals((caught as typeof thrown).code, thrown.code);
          }
        }
      }
    }
    assertEquals(calls, 7);
    const long = new Once({ onError: "replay" });
    const failing = () => {
      throw new Error("é\ud800".repeat(5000));
    };
    await assertRejects(() => run(face, long, failing), Error);
    await assertRejects(() => run(face, long, failing), Error, "é\ud800é");
  },
);

// Death, as the roster tells it: the models have it at every point.

async function withDead(
  onError: "retry" | "poison",
  fn: (once: Once, die: () => void) => Promise<void>,
): Promise<void> {
  const { roster: before, slice } = realm;
  const roster = realm.roster = createRoster(threadId());
  try {
    const id = enlist(roster, "victim");
    comeAlive(roster, id);
    const once = new Once({ onError });
    Atomics.store(new Int32Array(once.buffer), 4, id);
    await fn(once, () => markDead(roster, id));
  } finally {
    realm.roster = before;
    realm.slice = slice;
  }
}

testFaces("140 Once whose runner died is open again", async (face) => {
  await withDead("retry", async (once, die) => {
    await assertRejects(() => run(face, once, noLuck, 0), TimeoutError);
    die();
    let calls = 0;
    await run(face, once, () => calls++, 0);
    await run(face, once, () => calls++);
    assertEquals([calls, once.isDone], [1, true]);
  });
});

test("140 Once whose runner dies while tasks wait is run by one of them", async () => {
  await withDead("retry", async (once, die) => {
    realm.slice = 10;
    let calls = 0;
    const tasks = Promise.all(
      [1, 2, 3].map(() => once.runAsync(() => calls++)),
    );
    const waits = once.waitAsync();
    await rest("async", QUIET);
    assertEquals(calls, 0);
    die();
    await tasks;
    assert(await waits);
    assertEquals(calls, 1);
  });
});

testFaces("140 Once that may be poisoned is, by a death", async (face) => {
  await withDead("poison", async (once, die) => {
    die();
    await assertRejects(
      () => run(face, once, noLuck),
      SyncStateError,
      "was poisoned: the thread that ran it died",
    );
    await assertRejects(() => wait(face, once), SyncStateError, "died");
    await run(face, once, () => {}, { force: true });
    assert(once.isDone);
  });
});

// Ours.

test("Once that is run within its own function is a DeadlockError", () => {
  for (const onError of ["retry", "poison", "replay"] as const) {
    const once = new Once({ onError }), cell = new OnceCell<number>();
    once.run(() => {
      assertThrows(() => once.run(() => {}), DeadlockError, "in this thread");
      assertThrows(() => Once.from(once.handle).wait(50), DeadlockError);
      assertThrows(() => once.run(() => {}, 0), TimeoutError);
      assert(!once.wait(0));
    });
    assert(once.isDone);
    assertThrows(
      () => cell.get(() => cell.get(() => 1)),
      DeadlockError,
      "Cannot get OnceCell by blocking",
    );
    assertEquals(cell.get(() => 2), 2);
  }
});

test("Once that a task of this thread runs cannot be waited for by blocking, but by tasks", async () => {
  const once = new Once(), go = new Event();
  const running = once.runAsync(() => go.waitAsync());
  const waits = [once.runAsync(noLuck), once.waitAsync()];
  assertThrows(() => once.run(noLuck), DeadlockError, "runAsync()");
  assertThrows(() => once.wait(), DeadlockError, "waitAsync()");
  assert(!await once.waitAsync(QUIET));
  go.set();
  await running;
  assertEquals(await Promise.all(waits), [undefined, true]);
});

testFaces("Once ends waits by timeout and by token", async (face) => {
  const once = new Once(), go = new Event();
  // Another thread, as far as the record tells.
  Atomics.store(new Int32Array(once.buffer), 4, threadId() ^ 1);
  const start = performance.now();
  await assertRejects(
    () => run(face, once, noLuck, 60),
    TimeoutError,
    "Cannot run Once: the timeout passed",
  );
  assert(performance.now() - start >= 60);
  const token = new CancelToken();
  token.cancel();
  await assertRejects(
    () => run(face, once, noLuck, { token }),
    Error,
    "cancelled",
  );
  assert(!await wait(face, once, 0));
  Atomics.store(new Int32Array(once.buffer), 4, 0);
  await run(face, once, () => go.set(), { token });
  assert(once.isDone && go.isSet, "success beats the token");
});

test("Once's waits are aborted, and lose nothing", async () => {
  const once = new Once(), go = new Event();
  const running = once.runAsync(() => go.waitAsync());
  const controller = new AbortController(), { signal } = controller;
  const gone = [once.runAsync(noLuck, { signal }), once.waitAsync({ signal })];
  controller.abort(new Unlucky("enough"));
  for (const wait of gone) await assertRejects(() => wait, Unlucky, "enough");
  await assertRejects(() => once.runAsync(noLuck, { signal }), Unlucky);
  go.set();
  await running;
  assert(once.isDone);
});

test("A stopped thread stops waiting for a Once", async (stage) => {
  const once = new Once(), arrived = new AtomicInt32(), go = new Event();
  const running = once.runAsync(() => go.waitAsync());
  const waiter = stage.thread(bodies.runOwn, "sync", once, arrived);
  await reached(arrived, 1);
  waiter.stop();
  const told = await waiter.resultAsync(10_000);
  assert(String(told).startsWith("CancelledError"), String(told));
  go.set();
  await running;
});

test("Once that nobody else runs needs no blocking, where that is forbidden", () => {
  const before = realm.canBlock;
  realm.canBlock = false;
  try {
    const once = new Once();
    once.run(() => {
      assertThrows(() => once.wait(), WouldBlockError, "waitAsync()");
    });
    assert(once.wait());
    assertEquals(new OnceCell<number>().get(() => 7), 7);
  } finally {
    realm.canBlock = before;
  }
});

test("A promise is refused by run and get, and counts as a failure", async () => {
  for (const onError of ["retry", "replay"] as const) {
    const once = new Once({ onError }), cell = new OnceCell({ onError });
    const promise = (() => Promise.resolve(1)) as never;
    for (let i = 0; i < 2; i++) {
      assertThrows(() => once.run(promise), TypeError, "use runAsync()");
      assertThrows(() => cell.get(promise), TypeError, "use getAsync()");
    }
    assert(!once.isDone && cell.tryGet() === undefined);
    if (onError === "replay") continue;
    await once.runAsync(promise);
    assertEquals(await cell.getAsync(promise), 1);
  }
});

test("256 Once that is poisoned ever again survives the wrap of its count", () => {
  const once = new Once({ onError: "poison" });
  const words = new Int32Array(once.buffer);
  for (const failures of [0x0fffffff, 0x7fffffff, -1]) {
    Atomics.store(words, 5, failures);
    for (const reason of ["one", "two", "three"]) {
      const fn = () => {
        throw new Error(reason);
      };
      assertThrows(() => once.run(fn, { force: true }), Error, reason);
      assertThrows(() => once.run(fn), SyncStateError, `Error: ${reason}`);
    }
  }
  once.run(() => {}, { force: true });
  assert(once.isDone);
});

test("Once and OnceCell that a task's module made are told to be passed", async () => {
  realm.loading = true;
  const once = new Once(), cell = new OnceCell();
  realm.loading = false;
  for (
    const call of [
      () => once.run(noLuck),
      () => once.runAsync(noLuck),
      () => once.wait(),
      () => once.waitAsync(0),
      () => cell.get(noLuck),
      () => cell.getAsync(noLuck),
      () => cell.set(1),
      () => cell.wait(0),
    ]
  ) {
    await assertRejects(
      async () => await call(),
      SyncStateError,
      "pass it to the task as an argument",
    );
  }
  assert(!once.isDone && cell.tryGet() === undefined);
});

test("Once and OnceCell say how large they are", () => {
  assertEquals([Once.byteLength, OnceCell.byteLength], [64, 1024]);
  for (const onError of ["retry", "poison", "replay"] as const) {
    const once = new Once({ onError });
    assertEquals(Once.byteLengthFor({ onError }), once.buffer.byteLength);
    const cell = new OnceCell({ onError, capacity: 100 });
    const size = OnceCell.byteLengthFor({ onError, capacity: 100 });
    assertEquals([cell.buffer.byteLength, cell.capacity], [size, 100]);
    assert(cell.set("x".repeat(97)));
    assertEquals(OnceCell.from(cell.handle).tryGet()!.value, "x".repeat(97));
  }
});

for (const face of FACES) {
  test(`A thousand runs leave nothing behind in the realm (${face})`, async () => {
    for (let i = 0; i < 1000; i++) await run(face, new Once(), () => {});
    assertEquals([realm.sleepers.size, realm.awaiting], [0, 0]);
  });
}
