// The families of streams, queues and pools: each contender does a short round of each
// case, and what is lost or altered on the way is noticed.

import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  counters,
  type Item,
  type Kind,
  makers,
  type Message,
  Tally,
} from "../../bench/exchange/items.ts";
import { Exchanges } from "../../bench/exchange/exchange.ts";
import { pool } from "../../bench/families/pool.ts";
import { queue } from "../../bench/families/queue.ts";
import { streams } from "../../bench/families/streams.ts";
import type { Family, Session } from "../../bench/support/family.ts";
import { test } from "../support/stage.ts";
import { ways } from "./bench_streams_bodies.ts";

const TIMEOUT = 60_000;

/** A test with a session, whose workers end in any case. */
function withSession(
  name: string,
  open: () => Session | Promise<Session>,
  fn: (session: Session) => Promise<void>,
): void {
  Deno.test({
    name,
    timeout: TIMEOUT,
    async fn() {
      const session = await open();
      try {
        await fn(session);
      } finally {
        await session.close();
      }
    },
  });
}

/** So few that 256 at a time do not go into them, and so many that a ring is full. */
const SHORT: [Family, number][] = [[streams, 1100], [queue, 30], [pool, 20]];

for (const [family, times] of SHORT) {
  withSession(
    `Every contender of ${family.name} does rounds of 1 and of ${times}`,
    () => family.open("quick"),
    async (session) => {
      for (const item of session.cases) {
        for (const contender of item.contenders) {
          for (const n of [1, times]) {
            const round = await session.round(item, contender, n);
            assert(round.elapsed > 0, `${item.id}, ${contender}`);
            assert(round.value > 0, `${item.id}, ${contender}`);
          }
        }
      }
    },
  );

  withSession(
    `The full grid of ${family.name} has the cases of the quick one, and no name twice`,
    () => family.open("full"),
    async (full) => {
      const quick = await family.open("quick");
      await quick.close();
      const ids = full.cases.map(({ id }) => id);
      assertEquals(ids.length, new Set(ids).size);
      for (const { id, contenders } of quick.cases) {
        const found = full.cases.find((item) => item.id === id);
        for (const contender of contenders) {
          assert(found?.contenders.includes(contender), `${id}, ${contender}`);
        }
      }
    },
  );
}

test("What arrives altered, twice or out of order is noticed", () => {
  const seen = (kind: Kind, items: Item[], ordered = true) => {
    const tally = new Tally(ordered);
    for (const item of items) counters[kind](tally, item);
    return tally.wrong;
  };
  assertEquals(seen("int32", [0, 1, 2]), 0);
  assertEquals(seen("int32", [0, 2, 1]), 1);
  assertEquals(seen("int32", [0, 0, 1]), 1);
  assertEquals(seen("int32", [2, 1, 0], false), 0);
  const message = makers.objects(7) as Message;
  assertEquals(seen("objects", [message]), 0);
  assertEquals(seen("objects", [{ ...message, ok: false }]), 1);
  assertEquals(seen("objects", [{ ...message, name: "other" }]), 1);
  for (const id of [0, 255, 256, 70_000]) {
    const record = (makers.records(id) as Uint8Array).slice();
    assertEquals(seen("records", [record]), 0);
    assertEquals(seen("records", [record.with(4 + (id & 511), id + 1)]), 1);
    assertEquals(seen("records", [record.subarray(0, -1)]), 1);
  }
  const many = new Tally(true);
  many.addMany(Int32Array.of(0, 1, 1, 3), 4);
  assertEquals([many.count, many.sum, many.wrong], [4, 5, 1]);
});

/** A session of ways that do not do what they should. */
function broken(consumers: number, ...names: string[]): Session {
  const module = new URL("./bench_streams_bodies.ts", import.meta.url).href;
  const item = {
    id: "broken",
    group: "broken",
    x: 1,
    kind: "int32",
    producers: 1,
    consumers,
    times: 10,
    ways: Object.fromEntries(names.map((name) => [name, name])),
  } as const;
  return new Exchanges([item], ways, module);
}

withSession(
  "A round fails if an item is lost",
  () => broken(0, "good", "loses"),
  async (session) => {
    const [item] = session.cases;
    await session.round(item!, "good", 10);
    await assertRejects(
      () => Promise.resolve(session.round(item!, "loses", 10)),
      Error,
      "broken, loses passed",
    );
  },
);

withSession(
  "A round fails at once, and the session ends, if a worker fails and others wait for it",
  () => broken(1, "fails"),
  async (session) => {
    await assertRejects(
      () => Promise.resolve(session.round(session.cases[0]!, "fails", 10)),
      Error,
      "part of a test",
    );
  },
);
