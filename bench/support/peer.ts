/**
 * The packages that the benches compare with; their versions are pinned here and in `pool_peer.ts`.
 *
 * @module
 */

export {
  Barrier,
  channel,
  Condvar,
  Mutex,
  Receiver,
  RwLock,
  Semaphore,
  Sender,
} from "npm:multithreading@0.3.52";
export { RingBuffer } from "npm:ringbuf.js@0.4.0";
