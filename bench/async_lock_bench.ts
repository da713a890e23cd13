/**
 * Lock: tasks of one thread that await it.
 *
 * @module
 */

import { asyncLock } from "./families/async_lock.ts";
import { register } from "./support/suite.ts";

await register(asyncLock);
