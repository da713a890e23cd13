/**
 * What was thrown, in bytes: for those who are told of it later, in other threads.
 *
 * @module
 */

import { decode, encode } from "./_bytes.ts";
import { show } from "./_validate.ts";
import * as ourErrors from "./errors.ts";

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

/** An error of a name, with its class where this realm has it. */
export function rebuildError(
  name: string,
  message: string,
  dom: boolean,
): Error {
  if (dom) return new DOMException(message, name);
  const error = new Error(message);
  const known = (ourErrors as Record<string, unknown>)[name] ??
    (globalThis as unknown as Record<string, unknown>)[name];
  if (isErrorClass(known)) Object.setPrototypeOf(error, known.prototype);
  if (error.name !== name) define(error, "name", name);
  return error;
}

/** Gives an error a field that is not enumerable. */
export function define(error: Error, name: string, value: unknown): void {
  Object.defineProperty(error, name, {
    value,
    writable: true,
    configurable: true,
  });
}

/** Whether it is an error, of whatever realm. */
export function isError(value: unknown): value is Error {
  return Object.prototype.toString.call(value) === "[object Error]" ||
    isDOMException(value);
}

/** Whether it is a DOMException, whose fields are its prototype's. */
export function isDOMException(value: unknown): boolean {
  return Object.prototype.toString.call(value) === "[object DOMException]";
}

function isErrorClass(value: unknown): value is typeof Error {
  return typeof value === "function" &&
    (value === Error || value.prototype instanceof Error);
}
