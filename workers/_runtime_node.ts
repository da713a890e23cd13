/**
 * What Node and Bun have in a way of their own: for `_runtime.ts` only.
 *
 * Nothing is imported, so that other runtimes and bundlers find nothing to load.
 *
 * @module
 */

import type { WorkerLike } from "./_runtime.ts";

/** A worker of `node:worker_threads`, which is no EventTarget. */
interface NodeWorker extends WorkerLike {
  on(event: "error", listener: (error: unknown) => void): unknown;
}

interface NodePort {
  on(event: "message", listener: (data: unknown) => void): unknown;
  off(event: "message", listener: (data: unknown) => void): unknown;
}

interface Threads {
  readonly Worker: new (url: URL, options: { name: string }) => NodeWorker;
  readonly isMainThread: boolean;
  readonly parentPort: NodePort | null;
  receiveMessageOnPort(port: MessagePort): { message: unknown } | undefined;
}

interface Files {
  existsSync(path: URL): boolean;
}

interface Process {
  readonly versions?: { readonly node?: string };
  getBuiltinModule?(id: string): unknown;
  on(event: string, listener: (error: unknown) => void): unknown;
  exit(): never;
}

const scope = globalThis as unknown as { process?: Process; Deno?: unknown };

/** The module that starts threads and hears of them; in Deno too, which has workers of its own besides. */
export function nodeThreads(): Threads | undefined {
  const threads = scope.process?.getBuiltinModule?.("node:worker_threads");
  return threads as Threads | undefined;
}

/** Whether this is Node or Bun. */
export function isNode(): boolean {
  return scope.Deno === undefined &&
    scope.process?.versions?.node !== undefined;
}

/** Starts a worker of this runtime. */
export function startNodeWorker(url: URL, name: string): NodeWorker {
  return new (nodeThreads()!.Worker)(url, { name });
}

/** Whether a worker is one of `node:worker_threads`; Bun has others, too. */
export function isNodeWorker(worker: WorkerLike): worker is NodeWorker {
  return "on" in worker;
}

/** Calls back if a worker cannot load its entry, or does not catch an error. */
export function onNodeFailure(
  worker: NodeWorker,
  failed: (error: Error) => void,
): void {
  worker.on("error", (error) => {
    failed(new Error(error instanceof Error ? error.message : String(error)));
  });
}

/** Whether there is a file. */
export function existsInNode(url: URL): boolean {
  const files = scope.process!.getBuiltinModule!("node:fs") as Files;
  return files.existsSync(url);
}

/** Calls back with what the starter of this worker sends, until the answer is true. */
export function listenInNode(hear: (data: unknown) => boolean): void {
  const port = nodeThreads()!.parentPort;
  const listener = (data: unknown) => {
    if (hear(data)) port!.off("message", listener);
  };
  port?.on("message", listener);
}

/** Calls back with what nobody catches in this worker, which lives on. */
export function onUncaughtInNode(uncaught: (error: unknown) => void): void {
  scope.process!.on("uncaughtException", uncaught);
  scope.process!.on("unhandledRejection", uncaught);
}

/** Ends this worker. */
export function exitNode(): never {
  return scope.process!.exit();
}
