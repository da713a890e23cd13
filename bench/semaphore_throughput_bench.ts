/**
 * Semaphore: workers that each do K sections with a permit.
 *
 * Nanoseconds per section = time per iteration / (workers * K).
 *
 * @module
 */

import { semaphore } from "./families/semaphore.ts";
import { register } from "./support/suite.ts";

await register(semaphore);
