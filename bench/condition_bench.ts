/**
 * Condition: two workers that take turns, K each.
 *
 * Nanoseconds per turn = time per iteration / (2 * K). A turn is one wait and one
 * notification, with a lock around; it is empty, or takes 5 µs. There is no floor: the
 * price is that of handing a word from one core to the other, and of sleeping.
 *
 * @module
 */

import { loopsFor } from "./support/busy.ts";
import { Crew, entriesOf } from "./support/crew.ts";
import { group } from "./support/suite.ts";

const TIMES = 1_000;

const crew = new Crew(2, entriesOf("condition", 1));
addEventListener("unload", () => crew.close());

for (const [turn, loops] of [["empty", 0], ["5 µs", loopsFor(5)]] as const) {
  group(crew, `${turn} turns, N = 2`, crew.entries, {
    workers: 2,
    times: TIMES,
    inside: loops,
    outside: 0,
  });
}
