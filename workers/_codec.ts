/**
 * Values on their way between threads.
 *
 * Structured clone carries the bytes; what it loses is put back on arrival. A
 * shared object arrives as its handle, and is opened. An error arrives as a plain
 * Error, so it is taken apart and rebuilt.
 *
 * @module
 */

import { attach, isHandle } from "../primitives/attach.ts";
import {
  define,
  isDOMException,
  isError,
  rebuildError,
} from "../primitives/_rebuild.ts";

/** Something thrown, taken apart. */
export type Packed = { readonly value: unknown } | PackedError;

interface PackedError {
  /** Whether it is a DOMException, whose fields are its prototype's. */
  readonly dom: boolean;
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  /** Own properties that can be cloned, such as `code` and `reason`. */
  readonly own: Record<string, unknown>;
  readonly cause?: Packed;
  readonly errors?: readonly Packed[];
}

/** Opens every handle in a value that has just arrived: in place, in plain objects, arrays, maps and sets. */
export function revive<T>(value: T, seen: Set<unknown> = new Set()): T {
  if (typeof value !== "object" || value === null || seen.has(value)) {
    return value;
  }
  if (isHandle(value)) return attach(value) as T;
  seen.add(value);
  if (value instanceof Map) {
    const entries = [...value];
    value.clear();
    for (const [k, v] of entries) value.set(revive(k, seen), revive(v, seen));
  } else if (value instanceof Set) {
    const members = [...value];
    value.clear();
    for (const member of members) value.add(revive(member, seen));
  } else if (Array.isArray(value) || isPlain(value)) {
    const target = value as Record<string, unknown>;
    for (const key of Object.keys(target)) {
      target[key] = revive(target[key], seen);
    }
  }
  return value;
}

/** Takes apart something thrown. */
export function packError(thrown: unknown, depth = 0): Packed {
  if (!isError(thrown)) {
    return { value: isCloneable(thrown) ? thrown : String(thrown) };
  }
  const own: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(thrown)) {
    const apart = key === "cause" || key === "errors" || key === "stack";
    if (!apart && isCloneable(value)) own[key] = value;
  }
  const { name, message, stack, cause, errors } = thrown as Error & {
    errors?: unknown;
  };
  const nested = depth < 16;
  return {
    dom: isDOMException(thrown),
    name: String(name),
    message: String(message),
    stack: String(stack ?? `${name}: ${message}`),
    own,
    ...(nested && cause !== undefined &&
      { cause: packError(cause, depth + 1) }),
    ...(nested && Array.isArray(errors) && {
      errors: errors.map((error) => packError(error, depth + 1)),
    }),
  };
}

/** Rebuilds what was thrown, with its class where this realm has it and the stack of its thread. */
export function unpackError(packed: Packed, thread: string): unknown {
  if ("value" in packed) return packed.value;
  const { dom, name, message, stack, own, cause, errors } = packed;
  const error = rebuildError(name, message, dom);
  if (!dom) {
    for (const [key, value] of Object.entries(own)) {
      Object.assign(error, { [key]: revive(value) });
    }
  }
  define(error, "stack", `${stack}\n    in thread ${JSON.stringify(thread)}`);
  if (cause !== undefined) define(error, "cause", unpackError(cause, thread));
  if (errors !== undefined) {
    define(error, "errors", errors.map((e) => unpackError(e, thread)));
  }
  return error;
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}
