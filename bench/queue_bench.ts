/**
 * Queue: items between one, two, five and eight workers, K of all of them together.
 *
 * Nanoseconds per item = time per iteration / K.
 *
 * @module
 */

import { queue } from "./families/queue.ts";
import { register } from "./support/suite.ts";

await register(queue);
