/**
 * Errors on their way between threads, where they lose their class.
 *
 * @module
 */

import * as ourErrors from "./errors.ts";

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
