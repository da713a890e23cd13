/**
 * SpscQueue: a stream of items from one worker to another.
 *
 * Nanoseconds per item = time per iteration / K.
 *
 * @module
 */

import { streams } from "./families/streams.ts";
import { register } from "./support/suite.ts";

await register(streams);
