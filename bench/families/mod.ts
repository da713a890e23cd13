/**
 * All families, in the order of a page.
 *
 * @module
 */

import type { Family } from "../support/family.ts";
import { asyncLock } from "./async_lock.ts";
import { barrier } from "./barrier.ts";
import { lock } from "./lock.ts";
import { memory } from "./memory.ts";
import { operations } from "./operations.ts";
import { pool } from "./pool.ts";
import { queue } from "./queue.ts";
import { rwLock } from "./rw_lock.ts";
import { semaphore } from "./semaphore.ts";
import { streams } from "./streams.ts";
import { wakeup } from "./wakeup.ts";

/** All of them. */
export const families: readonly Family[] = [
  lock,
  semaphore,
  barrier,
  wakeup,
  rwLock,
  streams,
  queue,
  pool,
  asyncLock,
  operations,
  memory,
];
