/**
 * Views of buffers: which there are, and which of them grow.
 *
 * @module
 */

/** A view of memory that threads share. */
export type SharedView =
  | Uint8Array<SharedArrayBuffer>
  | DataView<SharedArrayBuffer>;

/** The names of views of buffers; the number of one is its place here. */
export const VIEWS: readonly string[] =
  "Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array Float32Array Float64Array BigInt64Array BigUint64Array DataView Float16Array"
    .split(" ");

/** The class of a view, by its name. */
export function viewClass(name: string): typeof DataView {
  return (globalThis as unknown as Record<string, typeof DataView>)[name]!;
}

/** The items of a view, or the bytes if it has none. */
export function lengthOf(view: SharedView): number {
  return "length" in view ? view.length : view.byteLength;
}

/** Whether a view grows with its buffer. */
export function tracksLength(view: SharedView): boolean {
  const { buffer, byteOffset, byteLength } = view;
  if (!buffer.growable) return false;
  const size = "length" in view ? view.BYTES_PER_ELEMENT : 1;
  if (buffer.byteLength - byteOffset - byteLength >= size) return false;
  // A DataView does not tell; it is hardly ever made with a length that is all there is.
  if (!("length" in view)) return true;
  // The platform makes a part to the end without a length, if the whole has none.
  const probe = structuredClone(view);
  let tracks = false;
  const species = function (...[, , length]: unknown[]) {
    tracks = length === undefined;
    return probe;
  };
  Object.defineProperty(probe, "constructor", {
    value: { [Symbol.species]: species },
  });
  probe.subarray();
  return tracks;
}
