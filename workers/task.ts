/**
 * Tasks: functions that another thread can find.
 *
 * A function cannot be sent to a thread. A task is one that both threads have: the
 * thread imports the module that made it, which registers it there again. It is
 * found by the module's URL, its name and a hash of its text: a name alone does not
 * survive minifiers, unless it was given as a string. Then it needs no hash; and in a
 * bundle, where the module has another URL on the page than in the worker's entry, it
 * is found by that name alone, among the tasks that the entry brought.
 *
 * @module
 */

import { useTaskFinder } from "../primitives/_handles.ts";
import { realm } from "../primitives/_realm.ts";
import { callable, show } from "../primitives/_validate.ts";

/** How a thread finds a task. */
export interface TaskId {
  /** The URL of the module that makes the task when it is loaded. */
  readonly url: string;
  /** The name it was made with. */
  readonly name: string;
  /** A hash of the function's text; empty if the name was given. */
  readonly hash: string;
}

/** What makes a function a task. */
export interface TaskRef {
  /** How a thread finds it. */
  readonly task: TaskId;
}

/** A function that another thread can run. */
// deno-lint-ignore no-explicit-any
export type Task<F extends (...args: any[]) => any> = F & TaskRef;

/**
 * Makes a function one that other threads can run, and returns it. Does not block.
 *
 * Call it at the top level of a module: that is where a thread looks for it. The
 * module runs again in each thread, so what starts the program belongs under
 * `if (import.meta.main)`.
 *
 * @param meta `import.meta`.
 * @param name Tells it from the other tasks of its module, and in a bundled application
 * from all others: give it there. The function's own name if left out.
 *
 * @example Usage
 * ```ts
 * import { type Task, task } from "@interlock/threading";
 *
 * export const double: Task<(x: number) => number> = task(
 *   import.meta,
 *   function double(x: number) {
 *     return 2 * x;
 *   },
 * );
 * ```
 */
// deno-lint-ignore no-explicit-any
export function task<F extends (...args: any[]) => any>(
  meta: ImportMeta,
  fn: F,
  name?: string,
): Task<F> {
  const action = "make a task", given = name !== undefined;
  callable(action, "fn", fn);
  if (typeof meta?.url !== "string") {
    throw new TypeError(
      `Cannot ${action}: 'meta' must be import.meta, received ${show(meta)}`,
    );
  }
  name ??= fn.name;
  if (typeof name !== "string" || name === "") {
    throw new TypeError(
      `Cannot ${action}: 'name' must be a string that is not empty, received ${
        show(name)
      }; pass a name, as minifiers take that of the function`,
    );
  }
  const hash = given ? "" : hashOf(String(fn));
  const id: TaskId = { url: meta.url, name, hash };
  const key = keyOf(id);
  if (realm.tasks.has(key) && realm.tasks.get(key) !== fn) {
    throw new TypeError(
      `Cannot ${action}: another task ${show(name)} ${
        given ? "" : "with the same text "
      }exists in ${id.url}; give it a name of its own`,
    );
  }
  realm.tasks.set(key, fn);
  return Object.defineProperty(fn, "task", {
    value: id,
    configurable: true,
  }) as Task<F>;
}

/** The identity of a task, if it is one. */
export function taskId(
  action: string,
  task: unknown,
  argument: string = "task",
): TaskId {
  if (typeof task === "function" && "task" in task) {
    const id = task.task as TaskId;
    if (typeof id?.hash === "string") return id;
  }
  throw new TypeError(
    `Cannot ${action}: '${argument}' must be made by task(import.meta, fn), received ${
      show(task)
    }`,
  );
}

/** From the worker's entry: it has brought the tasks that there are now. */
export function bringTasks(): void {
  const { tasks, brought } = realm;
  for (const [key, fn] of tasks) {
    brought.set(key, fn);
    const [, name, hash] = key.split(SEPARATOR) as [string, string, string];
    if (hash !== "") continue;
    const anywhere = keyOf({ url: "", name, hash });
    // One name for two tasks names neither.
    brought.set(anywhere, brought.has(anywhere) ? undefined : fn);
  }
}

/** The task that has the identity, if the worker's entry brought it: then its module need not be one that a thread can load. */
export function broughtTask(id: TaskId): Call | undefined {
  const { brought } = realm;
  return brought.get(keyOf(id)) ??
    (id.hash === "" ? brought.get(keyOf({ ...id, url: "" })) : undefined);
}

/** The task that has the identity, if it is here. */
function taskHere(id: TaskId): Call | undefined {
  return realm.tasks.get(keyOf(id)) ?? broughtTask(id);
}

type Call = (...args: unknown[]) => unknown;

/** The task of this realm that has the identity; if none, an error that lists what there is. */
export function findTask(id: TaskId): Call {
  const found = taskHere(id);
  if (found !== undefined) return found;
  const prefix = id.url + SEPARATOR;
  const names = [...realm.tasks.keys()]
    .filter((key) => key.startsWith(prefix))
    .map((key) => show(key.split(SEPARATOR)[1]));
  throw new Error(
    `${id.url} has no task ${show(id.name)} ${id.hash && `(text ${id.hash}) `}${
      names.length === 0
        ? "and no other: make tasks at the top level of the module"
        : `but ${names.join(", ")}`
    }`,
  );
}

useTaskFinder(taskHere);

const SEPARATOR = "\n";

function keyOf({ url, name, hash }: TaskId): string {
  return [url, name, hash].join(SEPARATOR);
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}
