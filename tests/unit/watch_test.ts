// Two threads of one roster, played by one realm, step by step: what lies between two
// loads of a look is too narrow for a search.

import { Lock, RLock } from "@interlock/threading";
import { assert, assertEquals } from "@std/assert";
import { realm } from "../../primitives/_realm.ts";
import {
  comeAlive,
  createRoster,
  enlist,
  LOOSE,
  slotOf,
} from "../../primitives/_roster.ts";
import { Watch } from "../../primitives/_watch.ts";
import { test } from "../support/stage.ts";

const STATE = 4;

/** A lock that a thread holds, and a wait for it. */
function held(lock: Lock | RLock, owner: number): Watch {
  const words = new Int32Array(lock.buffer, lock.byteOffset);
  Atomics.store(words, STATE, owner);
  return new Watch(words, STATE, lock.kind === "Lock");
}

/** Runs with a roster of two threads, and tells what is warned of. */
function play(
  fn: (threads: {
    low: number;
    high: number;
    as<T>(id: number, act: () => T): T;
  }) => void,
): string[] {
  const { roster, threadId } = realm, { warn } = console;
  const warned: string[] = [];
  console.warn = (message: string) => warned.push(message);
  try {
    realm.roster = createRoster(0, 3, new Uint32Array(3));
    const ids = ["low", "high"].map((name) => enlist(realm.roster!, name));
    for (const id of ids) comeAlive(realm.roster, id);
    const [low, high] = ids.sort((a, b) => a - b);
    fn({
      low: low!,
      high: high!,
      as(id, act) {
        const before = realm.threadId;
        realm.threadId = id;
        try {
          return act();
        } finally {
          realm.threadId = before;
        }
      },
    });
  } finally {
    Object.assign(realm, { roster, threadId });
    console.warn = warn;
  }
  return warned;
}

test("A circle is told by its highest thread, once every member has looked anew", () => {
  const warned = play(({ low, high, as }) => {
    const lowWaits = held(new RLock({ name: "a" }), high);
    const highWaits = held(new RLock({ name: "b" }), low);
    const told: unknown[] = [];
    for (let slice = 0; slice < 3; slice++) {
      told.push(as(high, () => highWaits.look()));
      told.push(as(low, () => lowWaits.look()));
    }
    const errors = told.filter((error) => error !== undefined);
    assertEquals(errors.length, 1);
    assertEquals(told.findIndex((error) => error !== undefined), 4);
    assertEquals(
      (errors[0] as Error).message,
      'Cannot acquire RLock("b"): "high" waits for RLock("b"), which is held by "low", which waits for RLock("a"), which is held by "high"',
    );
  });
  assertEquals(warned, []);
});

test("A circle with a plain Lock is only warned of, also when a member goes on during the look", () => {
  const warned = play(({ low, high, as }) => {
    const lowWaits = held(new Lock(), high), highWaits = held(new RLock(), low);
    const lowWaitsNext = held(new RLock(), 1);
    const place = slotOf(realm.roster!, low)!;
    const { load } = Atomics;
    for (let slice = 0; slice < 4; slice++) {
      as(low, () => lowWaits.look());
      let goesOn = slice === 3;
      Atomics.load = ((view: Int32Array, index: number) => {
        if (goesOn && view === realm.roster && index === place + LOOSE) {
          goesOn = false;
          // A third thread has released the Lock, and low waits for something else.
          as(low, () => {
            lowWaits.end();
            lowWaitsNext.look();
          });
        }
        return load(view, index);
      }) as typeof Atomics.load;
      try {
        assertEquals(as(high, () => highWaits.look()), undefined);
      } finally {
        Atomics.load = load;
      }
    }
  });
  assertEquals(warned.length, 1);
  assert(warned[0]!.startsWith("Deadlock, unless another thread releases"));
});

test("A chain that ends, or a wait that is over, is no circle", () => {
  const warned = play(({ low, high, as }) => {
    const lowWaits = held(new RLock(), high),
      highWaits = held(new RLock(), low);
    for (let slice = 0; slice < 4; slice++) {
      assertEquals(as(high, () => highWaits.look()), undefined);
      as(low, () => {
        lowWaits.look();
        lowWaits.end();
      });
    }
  });
  assertEquals(warned, []);
});
