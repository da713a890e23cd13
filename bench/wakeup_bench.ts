/**
 * Event and Condition: two workers that each do K turns.
 *
 * Nanoseconds per turn = time per iteration / (2 * K).
 *
 * @module
 */

import { wakeup } from "./families/wakeup.ts";
import { register } from "./support/suite.ts";

await register(wakeup);
