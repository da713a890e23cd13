/**
 * What was thrown, in bytes: for those who are told of it later, in other threads.
 *
 * @module
 */

import { decode, encode } from "./_bytes.ts";
import { define, isDOMException, isError, rebuildError } from "./_rebuild.ts";
import { show } from "./_validate.ts";

/** The most bytes that something thrown takes: a long message is cut off. */
export const FAILURE_BYTES = 384;

const LONGEST_NAME = 40;

/** An error is its parts; anything else is itself, alone. */
type Parts =
  | readonly [thrown: unknown]
  | readonly [name: string, message: string, code: unknown, dom: boolean];

/** The bytes of something thrown; never fails. */
export function encodeFailure(thrown: unknown): Uint8Array<ArrayBuffer> {
  try {
    return encodeParts(thrown);
  } catch {
    return encode([
      "Error",
      "What was thrown cannot be read",
      undefined,
      false,
    ]);
  }
}

function encodeParts(thrown: unknown): Uint8Array<ArrayBuffer> {
  let message: string, name = "Error", code: unknown, dom = false;
  if (isError(thrown)) {
    dom = isDOMException(thrown);
    name = String(thrown.name).slice(0, LONGEST_NAME);
    message = String(thrown.message);
    code = (thrown as { code?: unknown }).code;
    if (typeof code === "string") code = code.slice(0, LONGEST_NAME);
    else if (typeof code !== "number") code = undefined;
  } else {
    try {
      const bytes = encode([thrown]);
      if (bytes.length <= FAILURE_BYTES) return bytes;
    } catch {
      // It is told by its description.
    }
    message = show(thrown);
  }
  for (let kept = message;;) {
    const bytes = encode([name, kept, code, dom]);
    if (bytes.length <= FAILURE_BYTES) return bytes;
    message = message.slice(0, message.length * 3 >> 2);
    kept = `${message}...`;
  }
}

/** What was thrown, rebuilt, with its class where this realm has it; and its text. */
export function decodeFailure(
  bytes: Uint8Array<ArrayBuffer>,
): { thrown: unknown; text: string } {
  const parts = decode(bytes) as Parts;
  if (parts.length === 1) return { thrown: parts[0], text: show(parts[0]) };
  const [name, message, code, dom] = parts;
  const text = message === "" ? name : `${name}: ${message}`;
  const thrown = rebuildError(name, message, dom);
  if (code !== undefined) define(thrown, "code", code);
  return { thrown, text };
}
