/**
 * Lock: N workers that each do K sections under one lock.
 *
 * Nanoseconds per section = time per iteration / (N * K). A tiny section is one
 * plain increment of a shared word, with nothing outside; a long one also takes
 * 2 µs, with 2 µs outside. The floor is of one worker that does the sections of
 * all. With two cores this shows contention, not scaling.
 *
 * @module
 */

import { loopsFor } from "./support/busy.ts";
import { Crew, entriesOf } from "./support/crew.ts";
import { group, share, WORKERS } from "./support/suite.ts";

const locks = entriesOf("lock", 1);
const barging = locks.filter((lock) => lock.name !== "ours, fair");
const ours = locks.filter((lock) => lock.name.startsWith("ours"));
const crew = new Crew(Math.max(...WORKERS), locks);
addEventListener("unload", () => crew.close());

const cases = [
  { section: "tiny section", entries: barging, total: 96_000, loops: 0 },
  {
    section: "2 µs inside and outside",
    entries: locks,
    total: 4_000,
    loops: loopsFor(2),
  },
  // A hand-over is a switch of threads: there can be fewer of them.
  {
    section: "price of fair, tiny section",
    entries: ours,
    total: 8_000,
    loops: 0,
  },
];
for (const { section, entries, total, loops } of cases) {
  for (const workers of WORKERS) {
    const times = share(total, workers);
    const load = { workers, times, inside: loops, outside: loops };
    group(crew, `${section}, N = ${workers}`, entries, load);
  }
}
