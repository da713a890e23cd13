/**
 * A process that starts some threads, and prints how many bytes each of them takes.
 *
 * It is a process of its own because threads that have ended leave memory behind, which
 * those that come after them use.
 *
 * @module
 */

import { Event, Latch, Thread } from "../../mod.ts";
import { loopsFor } from "../support/busy.ts";
import { makePool, type Pool } from "../support/pool_contenders.ts";
import { stay } from "./_memory_tasks.ts";

const THREADS = 4;
/** Long enough that no thread does the work of two. */
const MICROSECONDS = 50_000;

/** Threads without a pool. */
function threads(): Pick<Pool, "all" | "close"> {
  const here = new Latch(THREADS), end = new Event();
  const all = Array.from(
    { length: THREADS },
    () => new Thread(stay, [here, end]).start(),
  );
  return {
    async all(count) {
      await here.waitAsync();
      return count;
    },
    close() {
      end.set();
      return Promise.all(all.map((thread) => thread.joinAsync()));
    },
  };
}

/** Where a contender is a pool of another name. */
const POOLS: Record<string, string> = {
  "ours, pool": "ours",
  "floor": "postMessage",
};

function made(contender: string): Pick<Pool, "all" | "close"> {
  if (contender === "ours") return threads();
  return makePool(POOLS[contender] ?? contender, THREADS);
}

if (import.meta.main) {
  const loops = loopsFor(MICROSECONDS);
  const { rss } = Deno.memoryUsage();
  const pool = made(Deno.args[0]!);
  await pool.all(THREADS, loops);
  console.log((Deno.memoryUsage().rss - rss) / THREADS);
  await pool.close();
  // Pools of others leave handles behind that would keep the process.
  Deno.exit();
}
