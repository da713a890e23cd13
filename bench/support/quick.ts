/**
 * The results in short, for those who want them in a few seconds.
 *
 * @module
 */

import type { Entry } from "./crew_worker.ts";
import { Crew, entriesOf } from "./crew.ts";
import { compare, median } from "./measure.ts";

/** Workers, and whether the wanted entry is of this primitive and size. */
const CASES: [string, number, Entry["primitive"], number][] = [
  ["lock, 1 worker", 1, "lock", 1],
  ["lock, 2 workers", 2, "lock", 1],
  ["lock, 4 workers", 4, "lock", 1],
  ["semaphore of 1, 4 workers", 4, "semaphore", 1],
  ["semaphore of 2, 4 workers", 4, "semaphore", 2],
  ["barrier, 2 parties", 2, "barrier", 2],
];
const ROUNDS = 5, MILLISECONDS = 20;

/** Prints a table of all primitives beside their floor, twin and peer; takes about five seconds. */
export function quick(): void {
  const crew = new Crew(4, [
    ...entriesOf("lock", 1),
    ...entriesOf("semaphore", 1, 2),
    ...entriesOf("barrier", 2),
  ]);
  try {
    console.log(
      `Deno ${Deno.version.deno}, ${navigator.hardwareConcurrency} cores. Nanoseconds per acquire + release (or phase of the barrier) and
how many times as long as ours that is; nothing but one increment inside.
`,
    );
    const others = ["floor", "naive", "multithreading"];
    print("", "ours", others);
    for (const [title, workers, primitive, size] of CASES) {
      const entries = crew.entries.filter((entry) =>
        entry.primitive === primitive && entry.size === size &&
        entry.name !== "ours, fair"
      );
      const load = { workers, inside: 0, outside: 0 };
      const measured = compare(crew, entries, load, ROUNDS, MILLISECONDS);
      const ours = median(measured.ours!);
      const cells = others.map((name) => {
        const theirs = median(measured[name]!);
        return `${theirs.toFixed(0)} (${(theirs / ours).toFixed(2)}x)`;
      });
      print(title, ours.toFixed(0), cells);
    }
    console.log(`
floor: raw Atomics that exclude nobody, or spin for ever. naive: two states and a
notify each time, or sleeping each time. multithreading: npm, version 0.3.52.
On a busy machine two parties may share a core, where who spins spins in vain.`);
  } finally {
    crew.close();
  }
}

function print(title: string, ours: string, others: readonly string[]): void {
  const cells = others.map((cell) => cell.padStart(18)).join("");
  console.log(`${title.padEnd(26)}${ours.padStart(8)}${cells}`);
}
