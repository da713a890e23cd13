/**
 * Semaphore: N workers that each do K sections, with one permit or with N / 2.
 *
 * Nanoseconds per section = time per iteration / (N * K). A tiny section is one
 * plain increment of a word, shared if there is one permit; a long one also takes
 * 2 µs, with 2 µs outside. The floor is of as few workers as can do the sections
 * of all: one per permit, and no more than cores. After each iteration a round
 * that is not measured counts who is inside.
 *
 * @module
 */

import { loopsFor } from "./support/busy.ts";
import { Crew, entriesOf } from "./support/crew.ts";
import { group, share, WORKERS } from "./support/suite.ts";

const sizes = [...new Set([1, ...WORKERS.map((workers) => workers >> 1)])]
  .filter((permits) => permits > 0);
const crew = new Crew(Math.max(...WORKERS), entriesOf("semaphore", ...sizes));
addEventListener("unload", () => crew.close());

const cases = [
  { section: "tiny section", total: 96_000, loops: 0 },
  { section: "2 µs inside and outside", total: 4_000, loops: loopsFor(2) },
];
for (const { section, total, loops } of cases) {
  for (const workers of WORKERS) {
    for (const permits of new Set([1, Math.max(1, workers >> 1)])) {
      const entries = crew.entries.filter((entry) => entry.size === permits);
      const times = share(total, workers);
      const load = { workers, times, inside: loops, outside: loops };
      const name = `${section}, N = ${workers}, permits = ${permits}`;
      group(crew, name, entries, load);
    }
  }
}
