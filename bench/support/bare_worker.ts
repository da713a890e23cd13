/**
 * A worker without a pool: it does what a message says, and answers.
 *
 * @module
 */

import { busy } from "./busy.ts";
import { escapes } from "./mandelbrot.ts";

/** Some elements of a picture. */
export interface Slice {
  readonly into: Int32Array<SharedArrayBuffer>;
  readonly first: number;
  readonly end: number;
}

/** Loops of work, a slice, or the end. */
export type Request = number | Slice | null;

self.onmessage = ({ data }: MessageEvent<Request>) => {
  if (data === null) {
    self.postMessage("ended");
    return self.close();
  }
  if (typeof data === "number") busy(data);
  else escapes(data.into, data.first, data.end);
  self.postMessage("done");
};
