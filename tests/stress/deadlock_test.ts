// Deadlocks, and traffic without any. INTERLOCK_DEADLOCKS=n makes n deadlocks, 12 if
// left out; INTERLOCK_TRAFFIC=n trades for n seconds, 3 if left out.

import { Barrier, Lock, RLock, RWLock } from "@interlock/threading";
import { assert, assertEquals } from "@std/assert";
import { test } from "../support/stage.ts";
import { embrace, type Owned, trade } from "./deadlock_bodies.ts";
import { random } from "./random.ts";

const DEADLOCKS = Number(Deno.env.get("INTERLOCK_DEADLOCKS") ?? 12);
const TRAFFIC = 1000 * Number(Deno.env.get("INTERLOCK_TRAFFIC") ?? 3);
const SEED = Number(Deno.env.get("INTERLOCK_SEED") ?? Date.now() % 1e6);
const AT_ONCE = 3, TRADERS = 5;

const OWNED: readonly ((name: string) => Owned)[] = [
  (name) => new RLock({ name }),
  (name) => new Lock({ name, ownerCheck: true }),
  (name) => new RWLock({ name }).write,
  (name) => new RLock({ name, fair: true }),
  (name) => new Lock({ name, ownerCheck: true, fair: true }),
];

test(
  "22 Deadlocks of two to four threads are each reported once, with their threads and locks",
  async (stage) => {
    const next = random(SEED), pick = (n: number) => Math.floor(next() * n);
    for (let made = 0; made < DEADLOCKS; made += AT_ONCE) {
      const circles = Array.from({ length: AT_ONCE }, () => 2 + pick(3));
      await Promise.all(circles.map(async (size, circle) => {
        const locks = Array.from(
          { length: size },
          (_, i) => OWNED[pick(OWNED.length)]!(`${circle}.${i}`),
        );
        const all = new Barrier(size);
        const threads = locks.map((lock, i) =>
          stage.thread(embrace, lock, locks[(i + 1) % size]!, all)
        );
        const told = (await Promise.all(
          threads.map((thread) => thread.resultAsync(30_000)),
        )).filter((message) => message !== undefined);
        assertEquals(told.length, 1, `seed ${SEED}: ${told.join("\n")}`);
        for (const { name } of threads) assert(told[0]!.includes(name));
        for (const i of locks.keys()) {
          assert(told[0]!.includes(`"${circle}.${i}"`), told[0]);
        }
      }));
    }
  },
  30_000 + DEADLOCKS * 5000,
);

test(
  "22 Threads that wait for each other, but not in a circle, are never reported",
  async (stage) => {
    const locks = [
      ...OWNED.map((make, i) => make(`${i}`)),
      new Lock({ name: "plain" }),
    ];
    const rounds = await Promise.all(
      Array.from(
        { length: TRADERS },
        (_, i) =>
          stage.thread(trade, SEED + i, locks, TRAFFIC)
            .resultAsync(TRAFFIC + 60_000),
      ),
    );
    assert(rounds.every((n) => n > 0), `seed ${SEED}: ${rounds}`);
  },
  TRAFFIC + 90_000,
);
