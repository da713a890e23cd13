/**
 * RWLock: N workers that each do K sections, one of ten of which writes.
 *
 * Nanoseconds per section = time per iteration / (N * K). A tiny section is one plain
 * increment, with nothing outside; a long one also takes 2 µs, with 2 µs outside. With two
 * cores at most two readers overlap, so an RWLock can gain 2x over a Lock at the most.
 *
 * @module
 */

import { loopsFor } from "./support/busy.ts";
import { Crew, entriesOf } from "./support/crew.ts";
import { group, share } from "./support/suite.ts";

const WORKERS = [1, 2, 4];

const locks = entriesOf("rwlock", 1);
const crew = new Crew(Math.max(...WORKERS), locks);
addEventListener("unload", () => crew.close());

const cases = [
  { section: "tiny section", total: 96_000, loops: 0 },
  { section: "2 µs inside and outside", total: 4_000, loops: loopsFor(2) },
];
for (const { section, total, loops } of cases) {
  for (const workers of WORKERS) {
    const times = share(total, workers);
    const load = { workers, times, inside: loops, outside: loops };
    group(crew, `90 % reads, ${section}, N = ${workers}`, locks, load);
  }
}
