/**
 * Barrier: N parties that each do K phases.
 *
 * Nanoseconds per phase = time per iteration / K. A phase is empty, or 2 µs of
 * work, and then all meet. The floor spins, so it is only there where each party
 * has a core; beyond that the baseline is the naive twin, which sleeps. After each
 * iteration a round that is not measured looks whether anybody was early.
 *
 * @module
 */

import { loopsFor } from "./support/busy.ts";
import { Crew, entriesOf } from "./support/crew.ts";
import { group, WORKERS } from "./support/suite.ts";

/** Long rounds: two parties that happen to start on one core stay there for a while. */
const PAIR = 10_000, MORE = 1_000;

const sizes = WORKERS.filter((parties) => parties > 1);
const crew = new Crew(Math.max(...sizes), entriesOf("barrier", ...sizes));
addEventListener("unload", () => crew.close());

for (const [phase, loops] of [["empty", 0], ["2 µs", loopsFor(2)]] as const) {
  for (const parties of sizes) {
    const spins = parties <= navigator.hardwareConcurrency;
    group(
      crew,
      `${phase} phases, N = ${parties}`,
      crew.entries.filter(({ name, size }) =>
        size === parties && (spins || name !== "floor")
      ),
      {
        workers: parties,
        times: spins ? PAIR : MORE,
        inside: loops,
        outside: 0,
      },
    );
  }
}
