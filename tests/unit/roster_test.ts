import { assert, assertEquals } from "@std/assert";
import { realm } from "../../primitives/_realm.ts";
import type { Words } from "../../primitives/_record.ts";
import {
  comeAlive,
  createRoster,
  enlist,
  giveUp,
  isDead,
  livingIn,
  markDead,
  slotOf,
  SUPERVISED,
  threadName,
} from "../../primitives/_roster.ts";
import { drawThreadId, FOREIGN } from "../../primitives/_thread_id.ts";
import { superviseBy } from "../../workers/_supervisor.ts";
import { test } from "../support/stage.ts";

const FOUNDER = 0x20000001;

/** Runs with a roster as the one of this thread. */
function within(roster: Words, fn: () => void): void {
  const before = realm.roster;
  realm.roster = roster;
  try {
    fn();
  } finally {
    realm.roster = before;
  }
}

function live(roster: Words, name = "thread"): number {
  const id = enlist(roster, name);
  assert(comeAlive(roster, id));
  return id;
}

test("256 An id is dead once its thread is, also when its slot is another's", () => {
  const roster = createRoster(FOUNDER, 2);
  within(roster, () => {
    const first = live(roster, "first");
    assert(!isDead(first));
    assert(markDead(roster, first) && isDead(first));
    assert(!markDead(roster, first), "one dies once");
    const second = live(roster, "second");
    assert(first !== second);
    assertEquals([isDead(first), isDead(second)], [true, false]);
    assertEquals([threadName(first), threadName(second)], [
      "a thread",
      '"second"',
    ]);
  });
});

test("256 A slot whose generations are used up is not used again", () => {
  const roster = createRoster(FOUNDER, 2, new Uint32Array(2).fill(-1));
  within(roster, () => {
    const ids = new Set<number>();
    for (let id = enlist(roster, ""); id < FOREIGN; id = enlist(roster, "")) {
      assert(comeAlive(roster, id) && markDead(roster, id) && isDead(id));
      ids.add(id);
    }
    assertEquals(ids.size, 1 << 18);
    assert([...ids].every(isDead));
  });
});

test("256 Nobody is dead who is in no roster, or in another one", () => {
  const roster = createRoster(FOUNDER);
  within(roster, () => {
    const mine = live(roster);
    markDead(roster, mine);
    for (let n = 0; n < 1000; n++) assert(!isDead(drawThreadId()));
    assertEquals([isDead(0), isDead(FOUNDER)], [false, false]);
    let confused = 0;
    for (let n = 0; n < 20; n++) {
      const other = createRoster(FOUNDER);
      for (let i = 0; i < 50; i++) confused += Number(isDead(live(other)));
    }
    // One in half a million.
    assert(confused <= 1, `${confused}`);
  });
});

test("A thread that was given up before it came to life never does", () => {
  const roster = createRoster(FOUNDER, 3);
  within(roster, () => {
    const id = enlist(roster, "late");
    assert(giveUp(roster, id));
    assert(!comeAlive(roster, id) && isDead(id));
    const alive = live(roster);
    assert(!giveUp(roster, alive) && !isDead(alive));
  });
});

test("A roster that is full gives ids that are in none", () => {
  const roster = createRoster(FOUNDER, 4);
  within(roster, () => {
    const ids = [1, 2, 3].map(() => live(roster));
    const more = enlist(roster, "more");
    assert(more >= FOREIGN && comeAlive(roster, more) && !isDead(more));
    assertEquals(slotOf(roster, more), undefined);
    markDead(roster, ids[1]!);
    assert(enlist(roster, "next") < FOREIGN);
  });
});

test("A thread is not waited for if who starts it has died meanwhile", () => {
  const roster = createRoster(FOUNDER, 4), before = realm.threadId;
  within(roster, () => {
    const starter = live(roster);
    try {
      realm.threadId = starter;
      enlist(roster, "never");
    } finally {
      realm.threadId = before;
    }
    assertEquals(livingIn(roster).map(({ running }) => running).sort(), [
      false,
      true,
    ]);
    markDead(roster, starter);
    assertEquals(livingIn(roster), []);
  });
});

test("A supervisor that cannot be started fails nobody, and the next way is tried", () => {
  const roster = createRoster(FOUNDER, 2), told: unknown[] = [];
  const fails = () => {
    throw new TypeError("no worker today");
  };
  superviseBy(roster, [fails]);
  assertEquals(Atomics.load(roster, SUPERVISED), 0);
  const works = () => ({
    addEventListener() {},
    postMessage: (message: unknown) => told.push(message),
  } as unknown as Worker);
  superviseBy(roster, [fails, works]);
  superviseBy(roster, [fails]);
  assertEquals(told, [{ interlock: 2, roster }]);
  assertEquals(Atomics.load(roster, SUPERVISED), 1);
});
