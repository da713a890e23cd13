/**
 * What bytes can only name: shared objects, shared memory and tasks.
 *
 * Whoever reads a name finds the memory among what its realm has met, and the task
 * among those of the modules that it has loaded. The classes are opened by `attach.ts`
 * and tasks are found by `task.ts`, which stand above this file and hand that down.
 *
 * @module
 */

import type { TaskId } from "../workers/task.ts";
import { type Handle, recordKey } from "./_record.ts";

type Opener = (handle: Handle) => Handle;
type TaskFinder = (id: TaskId) => unknown;

let opener: Opener | undefined, finder: TaskFinder | undefined;

/** Bytes name what this realm does not have: it may get it and read them again. */
export class MissingError extends TypeError {
  /** The key of the memory, if that is what is missing. */
  readonly key: number | undefined;
  /** The URL of the module that makes the task, if that is what is missing. */
  readonly url: string | undefined;

  /** Makes one for the one or the other. */
  constructor(problem: string, missing: { key?: number; url?: string }) {
    super(`Cannot decode: ${problem}`);
    this.key = missing.key;
    this.url = missing.url;
  }
}

/** Says how the object of a handle is made, whatever its kind. */
export function useOpener(open: Opener): void {
  opener = open;
}

/** The object of a handle, or of another view of it; throws if it names none. */
export function openShared(handle: Handle): Handle {
  if (opener === undefined) throw new TypeError("its class is not loaded");
  return opener(handle);
}

/** Whether a value is a shared object or its handle, as far as that shows. */
export function isShared(value: object): value is Handle {
  const { kind, buffer } = value as Partial<Handle>;
  return typeof kind === "string" &&
    Object.prototype.toString.call(buffer) === "[object SharedArrayBuffer]";
}

/** Kinds that stand in the record at the begin of their memory, and say their place in it. */
const PARTS: ReadonlySet<string> = new Set(["Future"]);

/** The key of the record that a handle names, or that it names a part of. */
export function keyAt({ kind, buffer, byteOffset }: Handle): number {
  return recordKey(new Int32Array(buffer, PARTS.has(kind) ? 0 : byteOffset, 4));
}

/** Says how a task is found; nothing if its module is not loaded. */
export function useTaskFinder(find: TaskFinder): void {
  finder = find;
}

/** The task of this realm that has the identity. */
export function openTask(id: TaskId): unknown {
  return finder?.(id);
}

/** The identity of a function, if it is a task. */
export function taskOf(value: object): TaskId | undefined {
  const { url, name, hash } = Object((value as { task?: unknown }).task);
  return [url, name, hash].every((part) => typeof part === "string")
    ? { url, name, hash }
    : undefined;
}
