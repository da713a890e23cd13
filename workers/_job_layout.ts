/**
 * Where everything is in the memory of a pool.
 *
 * *Words* of the record, beside those of `_section.ts` and `_items.ts` · 20 CURSOR, 21
 * WAITING, 23 STALE, 24 PASSED, 32 TAIL, 48 HEAD: see `_job_ring.ts` · 22 BROKEN: the item
 * that says why it broke, 0 if it did not, -1 if there was no memory for that · from 64 on
 * the wait queue of those who take · then the bells of `_bells.ts` · then the ring · then
 * the words of `_crew_state.ts`.
 *
 * *Words* of a job, after those of the list · 4 STATE · 5 TASK: the item that names its
 * task · 6 BELL: the place of its submitter's · 7 RESULT: the item with its outcome, 0 if
 * that is in the job · 8 QUEUED: see `_job_ring.ts` · 9 SUBMITTER: the id of a thread · 10
 * PINNED: 1 if other threads may know it · 11 MODE: what its arguments are. Its bytes are
 * its arguments, then its outcome.
 *
 * @module
 */

import { AFTER_ITEMS, LIST_LINKS } from "../primitives/_items.ts";
import { WaitQueue } from "../primitives/_wait_queue.ts";

/** Words of the record. */
export const CURSOR: number = AFTER_ITEMS,
  WAITING: number = CURSOR + 1,
  BROKEN: number = CURSOR + 2,
  STALE: number = CURSOR + 3,
  PASSED: number = CURSOR + 4,
  TAIL = 32,
  HEAD = 48,
  TAKERS = 64;
/** How many who take have a place of their own in the wait queue. */
const SLOTS = 32;
/** Where the bells begin, how many there are, and how far they are apart. */
export const BELLS: number = TAKERS + WaitQueue.length(SLOTS) + 15 & ~15,
  BELL_COUNT = 32,
  BELL_WORDS = 16;
/** Where the ring begins, and how many entries it has room for. */
export const RING: number = BELLS + BELL_COUNT * BELL_WORDS, RING_SIZE = 4096;
/** The first word that is free in a record with jobs. */
export const AFTER_JOBS: number = RING + RING_SIZE;

/** Words of a job. */
export const STATE: number = LIST_LINKS,
  TASK: number = STATE + 1,
  BELL: number = STATE + 2,
  RESULT: number = STATE + 3,
  QUEUED: number = STATE + 4,
  SUBMITTER: number = STATE + 5,
  PINNED: number = STATE + 6,
  MODE: number = STATE + 7;
/** The words of a job's first cell that are not its bytes. */
export const JOB_LINKS: number = STATE + 8;
