/**
 * Locks and permits that are held when all threads have ended.
 *
 * @module
 */

import { isHandle } from "../primitives/attach.ts";

/** Remembers what is held now; the result names what is held later, and was not. */
export function leftOvers(state: unknown): () => string | undefined {
  const found: { name: string; object: Holdable; before: number }[] = [];
  const walk = (value: unknown, name: string, depth: number) => {
    if (typeof value !== "object" || value === null || depth > 4) return;
    if (isHandle(value)) {
      const object = value as Holdable;
      found.push({ name, object, before: heldBy(object) });
    } else if (!ArrayBuffer.isView(value)) {
      for (const [key, part] of Object.entries(value)) {
        walk(part, name === "" ? key : `${name}.${key}`, depth + 1);
      }
    }
  };
  walk(state, "", 0);
  return () => {
    for (const { name, object, before } of found) {
      if (heldBy(object) <= before) continue;
      return `${name}, a ${object.kind}, is left held at the end`;
    }
    return undefined;
  };
}

interface Holdable {
  readonly kind: string;
  readonly locked?: boolean;
  readonly readers?: number;
  readonly value?: number;
}

/** How much of an object is held, compared with other times. */
function heldBy({ kind, locked, readers = 0, value }: Holdable): number {
  if (typeof locked === "boolean") return Number(locked) + readers;
  return kind.endsWith("Semaphore") ? -value! : 0;
}
