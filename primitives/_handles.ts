/**
 * Shared objects inside of values that are bytes.
 *
 * Bytes cannot hold shared memory. They name the record, and whoever reads them finds
 * its memory among the records that its realm has met. The class is opened by
 * `attach.ts`, which stands above this file and hands its opener down.
 *
 * @module
 */

import { type Handle, recordKey } from "./_record.ts";

type Opener = (handle: Handle) => Handle;

let opener: Opener | undefined;

/** Says how the object of a handle is made, whatever its kind. */
export function useOpener(open: Opener): void {
  opener = open;
}

/** The object of a handle, or of another view of it; throws if it names none. */
export function openShared(handle: Handle): Handle {
  if (opener === undefined) throw new TypeError("its class is not loaded");
  return opener(handle);
}

/** Whether a value is a shared object or its handle, as far as that shows. */
export function isShared(value: object): value is Handle {
  const { kind, buffer } = value as Partial<Handle>;
  return typeof kind === "string" &&
    Object.prototype.toString.call(buffer) === "[object SharedArrayBuffer]";
}

/** The key of the record at a place. */
export function keyAt({ buffer, byteOffset }: Handle): number {
  return recordKey(new Int32Array(buffer, byteOffset, 4));
}
