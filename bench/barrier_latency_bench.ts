/**
 * Barrier: parties that do K phases together.
 *
 * Nanoseconds per phase = time per iteration / K.
 *
 * @module
 */

import { barrier } from "./families/barrier.ts";
import { register } from "./support/suite.ts";

await register(barrier);
