/**
 * RWLock: workers that each do K sections, some of which only read.
 *
 * Nanoseconds per section = time per iteration / (workers * K).
 *
 * @module
 */

import { rwLock } from "./families/rw_lock.ts";
import { register } from "./support/suite.ts";

await register(rwLock);
