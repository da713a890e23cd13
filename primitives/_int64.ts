/**
 * 64-bit integers, as bigints.
 *
 * @module
 */

import type { Words } from "./_record.ts";
import { show } from "./_validate.ts";

const MAX = 0x7fffffffffffffffn, MIN = -MAX - 1n;

/** The value, if it is a bigint of 64 bits. */
export function int64(action: string, name: string, value: bigint): bigint {
  if (typeof value === "bigint" && BigInt.asIntN(64, value) === value) {
    return value;
  }
  const message =
    `Cannot ${action}: '${name}' must be a bigint from ${MIN} to ${MAX}, received ${
      show(value)
    }`;
  throw typeof value === "bigint"
    ? new RangeError(message)
    : new TypeError(message);
}

/** So many 64-bit integers of a record, from an even word on. */
export function int64sAt(
  { buffer, byteOffset }: Words,
  index: number,
  length = 1,
): BigInt64Array<SharedArrayBuffer> {
  return new BigInt64Array(buffer, byteOffset + index * 4, length);
}
