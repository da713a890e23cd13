/**
 * What a thread does whose memory is measured; it loads nothing else.
 *
 * @module
 */

import { type Event, type Latch, type Task, task } from "../../mod.ts";

/** Says that it is there, and stays. */
export const stay: Task<(here: Latch, end: Event) => void> = task(
  import.meta,
  function stay(here, end) {
    here.countDown();
    end.wait();
  },
);
