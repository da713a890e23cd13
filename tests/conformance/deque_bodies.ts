import type { Deque, WaitOptions } from "@interlock/threading";
import type { Face } from "../support/stage.ts";
import type { AnyQueue, Step } from "./queue_bodies.ts";

/** An end of a deque. */
export type End = "Front" | "Back";

/** Both. */
export const ENDS: readonly End[] = ["Front", "Back"];

/** A call of a method of a deque, for a {@linkcode Peer}. */
export function step<T>(
  deque: Deque<T>,
  method: string,
  ...args: unknown[]
): Step {
  return [deque as unknown as AnyQueue, method, ...args];
}

/** `popFront` or `popBack` on a face. */
export async function pop<T>(
  face: Face,
  deque: Deque<T>,
  end: End,
  wait?: number | WaitOptions,
): Promise<T> {
  return face === "sync"
    ? deque[`pop${end}`](wait)
    : await deque[`pop${end}Async`](wait);
}
