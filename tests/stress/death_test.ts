// Threads that end while they hold a lock, in all the ways there are. INTERLOCK_DEATHS=n
// makes that n threads, 30 if left out.

import { AtomicInt32, Lock, RLock, RWLock } from "@interlock/threading";
import { assert, assertEquals } from "@std/assert";
import { reached, test } from "../support/stage.ts";
import { die, ENDS, type Owned, rescue, type Scene } from "./death_bodies.ts";

const DEATHS = Number(Deno.env.get("INTERLOCK_DEATHS") ?? 30);
const AT_ONCE = 10, RESCUERS = 3, MOST_MS = 2000;

const LOCKS: readonly (() => Owned)[] = [
  () => new Lock(),
  () => new RLock(),
  () => new Lock({ fair: true }),
  () => new RWLock().write,
  () => new Lock({ ownerCheck: true }),
  () => new RLock({ fair: true }),
];

test(
  "255 Lock, RLock and RWLock.write are recovered within two seconds from threads that end while holding them",
  async (stage) => {
    let longest = 0;
    for (let died = 0; died < DEATHS; died += AT_ONCE) {
      const scenes = Array.from(
        { length: Math.min(AT_ONCE, DEATHS - died) },
        (_, i): Scene => ({
          lock: LOCKS[(died + i) % LOCKS.length]!(),
          first: new AtomicInt32(),
          second: new AtomicInt32(),
          when: new Float64Array(new SharedArrayBuffer(8)),
          ready: new AtomicInt32(),
        }),
      );
      const victims = scenes.map((scene, i) => {
        const end = ENDS[(died + i) % ENDS.length]!;
        return { end, thread: stage.thread(die, scene, end) };
      });
      for (const { ready } of scenes) await reached(ready, 1);
      // What ends there is all that is left of some of them.
      for (const { end, thread } of victims) {
        thread.joinAsync().catch(() => {});
        if (end === "kill" || end === "close") thread.terminate();
      }
      const rescued = await Promise.all(
        Array.from(
          { length: RESCUERS },
          () => stage.thread(rescue, scenes).resultAsync(60_000),
        ),
      );
      const mended = rescued.reduce((sum, { mended }) => sum + mended, 0);
      assertEquals(mended, scenes.length);
      for (const { first, second, lock } of scenes) {
        assertEquals([first.load(), second.load()], [RESCUERS, RESCUERS]);
        assert(lock.acquire(0), `${lock} is held`);
      }
      longest = Math.max(longest, ...rescued.map(({ longest }) => longest));
    }
    assert(longest < MOST_MS, `took ${longest} ms`);
  },
  60_000 + DEATHS * 1000,
);
