/**
 * The results in short, for those who want them in a few seconds.
 *
 * @module
 */

import { median } from "../report/stats_library.ts";
import { barrier } from "../families/barrier.ts";
import { lock } from "../families/lock.ts";
import { semaphore } from "../families/semaphore.ts";
import type { Family } from "./family.ts";
import { calibrate, takeTurns } from "./pace.ts";

/** What is shown: a title for some of a family's cases. */
const CASES: readonly [Family, Readonly<Record<string, string>>][] = [
  [lock, {
    "0/0/1": "lock, 1 worker",
    "0/0/2": "lock, 2 workers",
    "0/0/4": "lock, 4 workers",
  }],
  [semaphore, {
    "0/1/4": "semaphore of 1, 4 workers",
    "0/half/4": "semaphore of 2, 4 workers",
  }],
  [barrier, { "0/2": "barrier, 2 parties" }],
];
const OTHERS = ["floor", "naive", "multithreading"];
const PACE = { turns: 5, milliseconds: 20 };

/** Prints a table of some primitives beside their floor, twin and peer; takes about five seconds. */
export async function quick(): Promise<void> {
  console.log(
    `Deno ${Deno.version.deno}, ${navigator.hardwareConcurrency} cores. Nanoseconds per acquire + release (or phase of the barrier) and
how many times as long as ours that is; nothing but one increment inside.
`,
  );
  print("", "ours", OTHERS);
  for (const [family, titles] of CASES) await show(family, titles);
  console.log(`
floor: raw Atomics that exclude nobody, or spin for ever. naive: two states and a
notify each time, or sleeping each time. multithreading: npm, version 0.3.52.
On a busy machine two parties may share a core, where who spins spins in vain.`);
}

async function show(
  family: Family,
  titles: Readonly<Record<string, string>>,
): Promise<void> {
  const session = await family.open("quick");
  try {
    for (const [id, title] of Object.entries(titles)) {
      const item = session.cases.find((one) => one.id === id)!;
      const names = ["ours", ...OTHERS];
      const times = await calibrate(session, item, PACE, names);
      const samples = await takeTurns(session, item, PACE, times);
      const ours = median(samples.get("ours")!);
      const cells = OTHERS.map((name) => {
        const theirs = median(samples.get(name)!);
        return `${theirs.toFixed(0)} (${(theirs / ours).toFixed(2)}x)`;
      });
      print(title, ours.toFixed(0), cells);
    }
  } finally {
    await session.close();
  }
}

function print(title: string, ours: string, others: readonly string[]): void {
  const cells = others.map((cell) => cell.padStart(18)).join("");
  console.log(`${title.padEnd(26)}${ours.padStart(8)}${cells}`);
}
