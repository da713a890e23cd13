/**
 * Lock: workers that each do K sections under one lock.
 *
 * Nanoseconds per section = time per iteration / (workers * K).
 *
 * @module
 */

import { lock } from "./families/lock.ts";
import { register } from "./support/suite.ts";

await register(lock);
