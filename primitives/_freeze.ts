/**
 * Freezing what arrives, all of it.
 *
 * @module
 */

import { isShared } from "./_handles.ts";

/**
 * Freezes a value and all that it holds.
 *
 * Views and their buffers cannot be frozen, and shared objects are there to be changed:
 * they stay as they are. What a Map, a Set or a Date holds is no field: the members are
 * frozen, but the object itself can still be given others.
 */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  const found: object[] = [value], seen = new Set<object>(found);
  const visit = (part: unknown) => {
    if (typeof part !== "object" || part === null || seen.has(part)) return;
    seen.add(part);
    found.push(part);
  };
  for (let object = found.pop(); object !== undefined; object = found.pop()) {
    if (ArrayBuffer.isView(object) || isShared(object)) continue;
    if (object instanceof Map) {
      for (const [key, part] of object) {
        visit(key);
        visit(part);
      }
    } else if (object instanceof Set) {
      for (const part of object) visit(part);
    }
    for (const key of Reflect.ownKeys(object)) {
      const field = Object.getOwnPropertyDescriptor(object, key)!;
      if ("value" in field) visit(field.value);
    }
    Object.freeze(object);
  }
  return value;
}
