// Many small tasks through a pool whose threads die, in a process of their own. 20,000
// tasks and 10 deaths; INTERLOCK_STRESS=n makes that n times as many, INTERLOCK_ITEMS=n
// sends n tasks, with a death for each 10,000 of them and 10 at least, and
// INTERLOCK_SEED=n repeats a failure.

import { assert, assertEquals } from "@std/assert";
import { succeed } from "../support/process.ts";
import type { Seen } from "./pool_run.ts";

const FACTOR = Number(Deno.env.get("INTERLOCK_STRESS") ?? 1);
const TASKS = Number(Deno.env.get("INTERLOCK_ITEMS") ?? 20_000 * FACTOR);
const SEED = Number(Deno.env.get("INTERLOCK_SEED") ?? Date.now() % 1e6);
const DEATHS = Math.max(10, TASKS / 10_000);
// What a burst needs depends on when its outcomes are read: 180 to 680 KB were seen, which a
// million tasks do not exceed either. One cell lost for each of 20,000 tasks is 1.3 MB.
const MOST_BYTES = 1e6;
const TIMEOUT = 60_000 + TASKS / 2;

Deno.test({
  name:
    `${TASKS} tasks through 8 threads, of which ${DEATHS} die, end once each as they should, and leave nothing`,
  timeout: TIMEOUT + 10_000,
  async fn() {
    const program = ["run", "--no-check", "-A", "tests/stress/pool_run.ts"];
    const options = [TASKS, DEATHS, SEED].map(String);
    const written = await succeed([...program, ...options], {
      deadline: TIMEOUT,
    }).catch((error) => {
      throw new Error(`seed ${SEED}`, { cause: error });
    });
    const seen: Seen = JSON.parse(written), what = `seed ${SEED}: ${written}`;
    assertEquals([seen.told, seen.left], [true, []], what);
    assert(seen.cancelled > 0 && seen.deaths > 0.8 * DEATHS, what);
    // A task waits for another one in the same thread at most.
    assert(seen.lost <= 2 * DEATHS, what);
    assert(seen.record[1] <= MOST_BYTES, `memory grew, ${what}`);
    assert(seen.rss[1] <= seen.rss[0] + 150e6, `memory grew, ${what}`);
  },
});
