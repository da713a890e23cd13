/**
 * The package that the benches compare with; its version is pinned here only.
 *
 * @module
 */

export {
  Barrier,
  Condvar,
  Mutex,
  RwLock,
  Semaphore,
} from "npm:multithreading@0.3.52";
