/**
 * Checks of arguments: each refuses before anything is changed, with a message
 * that names the action, the argument and its value.
 *
 * @module
 */

import type { AsyncWaitOptions, WaitOptions } from "./_park.ts";

/** The largest int32. */
export const INT32_MAX = 0x7fffffff;

/** A value as a message shows it. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 80));
  if (typeof value === "function") return `function ${value.name}`.trimEnd();
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const name: unknown = value.constructor?.name;
  return typeof name === "string" && name !== "Object"
    ? `an instance of ${name}`
    : "an object";
}

/** The error for a value that should have been another number, or a number at all. */
function wrong(value: unknown, problem: string): TypeError | RangeError {
  const message = `${problem}, received ${show(value)}`;
  return typeof value === "number"
    ? new RangeError(message)
    : new TypeError(message);
}

/** The value, if it is an integer within the bounds. */
export function integer(
  action: string,
  name: string,
  value: unknown,
  min: number,
  max: number = INT32_MAX,
): number {
  if (Number.isInteger(value)) {
    const number = value as number;
    if (number >= min && number <= max) return number;
  }
  throw wrong(
    value,
    `Cannot ${action}: '${name}' must be an integer from ${min} to ${max}`,
  );
}

/** The value, if it is a function. */
export function callable<F>(action: string, name: string, value: F): F {
  if (typeof value === "function") return value;
  throw new TypeError(
    `Cannot ${action}: '${name}' must be a function, received ${show(value)}`,
  );
}

/** The options, if they are an object or left out. */
export function optionBag<T extends object>(
  action: string,
  options: T | undefined,
): Partial<T> {
  if (options === undefined) return {};
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `Cannot ${action}: 'options' must be an object, received ${
        show(options)
      }`,
    );
  }
  if ("kind" in options && "buffer" in options) {
    throw new TypeError(
      `Cannot ${action}: received the handle of a ${
        show(options.kind)
      }; to open it use ${show(options.kind).replaceAll('"', "")}.from(handle)`,
    );
  }
  return options;
}

/** The option, if it is a boolean or left out. */
export function flag(action: string, name: string, value: unknown): boolean {
  if (value === undefined || typeof value === "boolean") return value === true;
  throw new TypeError(
    `Cannot ${action}: '${name}' must be a boolean, received ${show(value)}`,
  );
}

/** The number of milliseconds, if it is one or left out. */
export function milliseconds(
  action: string,
  name: string,
  value: unknown,
): number {
  if (value === undefined) return Infinity;
  if (typeof value === "number" && value >= 0) return value;
  throw wrong(
    value,
    `Cannot ${action}: '${name}' must be a number of milliseconds, 0 or more`,
  );
}

/** The options of a wait, checked: of a blocking one, or of one that is awaited. */
export function waitOptions(
  action: string,
  wait: number | WaitOptions | AsyncWaitOptions | undefined,
  awaits: boolean,
): AsyncWaitOptions {
  if (wait === undefined) return {};
  if (typeof wait !== "object" || wait === null) {
    milliseconds(action, "timeout", wait);
    return { timeout: wait as number };
  }
  milliseconds(action, "timeout", wait.timeout);
  const { signal, token } = wait as AsyncWaitOptions;
  if (signal !== undefined) {
    if (!awaits) {
      throw new TypeError(
        `Cannot ${action}: a blocked thread cannot see an AbortSignal: use CancelToken.fromSignal(signal)`,
      );
    }
    if (typeof signal?.addEventListener !== "function") {
      throw new TypeError(
        `Cannot ${action}: 'signal' must be an AbortSignal, received ${
          show(signal)
        }`,
      );
    }
  }
  if (token !== undefined && typeof token?.isCancelled !== "boolean") {
    throw new TypeError(
      `Cannot ${action}: 'token' must be a CancelToken, received ${
        show(token)
      }`,
    );
  }
  return wait as AsyncWaitOptions;
}
