/**
 * All contenders, by primitive and name.
 *
 * @module
 */

import { barriers } from "./barriers.ts";
import { conditions } from "./conditions.ts";
import type { Contenders, Doors, Guard, Meeting } from "./contender.ts";
import { events } from "./events.ts";
import { locks } from "./locks.ts";
import { rwLocks } from "./rw_locks.ts";
import { semaphores } from "./semaphores.ts";

/** The words of the peer's are as its own makers fill them. */
export const contenders: {
  lock: Contenders<Guard>;
  rwlock: Contenders<Doors>;
  semaphore: Contenders<Guard>;
  barrier: Contenders<Meeting>;
  condition: Contenders<Guard>;
  event: Contenders<Guard>;
} = {
  lock: locks,
  rwlock: rwLocks,
  semaphore: semaphores,
  barrier: barriers,
  condition: conditions,
  event: events,
};
