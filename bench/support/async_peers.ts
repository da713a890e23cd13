/**
 * The locks of one thread that ours are compared with where they are awaited.
 *
 * @module
 */

export { Mutex, Semaphore } from "npm:async-mutex@0.5.0";
