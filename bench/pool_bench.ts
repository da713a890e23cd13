/**
 * ThreadPoolExecutor: K tasks in threads, and K elements of a `parallelMap`.
 *
 * Nanoseconds per task = time per iteration / K.
 *
 * @module
 */

import { pool } from "./families/pool.ts";
import { register } from "./support/suite.ts";

await register(pool);
