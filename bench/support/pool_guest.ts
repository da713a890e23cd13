/**
 * What a thread of workerpool runs.
 *
 * @module
 */

import { workerpool } from "./pool_peer.ts";
import run from "./pool_tasks.ts";

workerpool.worker({ run });
