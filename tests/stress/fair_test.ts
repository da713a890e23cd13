// Two threads that hand a fair lock over as fast as they can. Each rings the bell while the
// other one drains it, again and again: no ring may be lost between two drains. A lost one
// would be found by the re-check, after a second.

import { AtomicBool, Lock, Thread } from "@interlock/threading";
import { assert } from "@std/assert";
import { takeTurns } from "./fair_bodies.ts";

const FACTOR = Number(Deno.env.get("INTERLOCK_STRESS") ?? 1);
const ROUNDS = 4 * FACTOR, MILLISECONDS = 400;

Deno.test({
  name:
    "A fair lock between two threads keeps nobody waiting until the re-check",
  timeout: 20_000 + ROUNDS * 5 * MILLISECONDS,
  async fn() {
    for (let n = 0; n < ROUNDS; n++) {
      const lock = new Lock({ fair: true }), stop = new AtomicBool();
      const threads = Array.from(
        { length: 2 },
        () => new Thread(takeTurns, [lock, stop]).start(),
      );
      try {
        await new Promise((resolve) => setTimeout(resolve, MILLISECONDS));
      } finally {
        stop.store(true);
      }
      for (const thread of threads) {
        const longest = await thread.resultAsync();
        assert(longest < 900, `a wait of ${longest} ms, in round ${n}`);
      }
    }
  },
});
