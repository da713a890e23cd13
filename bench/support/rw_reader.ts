/**
 * A worker that reads without a break, until it is kept out for a second.
 *
 * @module
 */

import {
  type AtomicInt32,
  attach,
  type Posted,
  type RWLock,
} from "../../mod.ts";
import { busy } from "./busy.ts";

/** What a reader gets. */
export type Reading = Posted<{
  read: RWLock["read"];
  running: AtomicInt32;
  loops: number;
}>;

self.onmessage = ({ data }: MessageEvent<Reading>) => {
  const read = attach(data.read), running = attach(data.running);
  running.add(1);
  running.notify();
  while (read.acquire(1000)) {
    busy(data.loops);
    read.release();
  }
  running.sub(1);
  running.notify();
  self.close();
};
