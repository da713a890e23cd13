/**
 * What differs between runtimes: only this file and the `_runtime_*.ts` know them.
 *
 * Deno and browsers have Web Workers, and Web Locks that tell of a worker's end.
 * Node and Bun have the threads of `node:worker_threads`, and ports that tell of the
 * end of the thread that has the other end.
 *
 * @module
 */

import {
  exitNode,
  isNode,
  isNodeWorker,
  listenInNode,
  nodeThreads,
  onNodeFailure,
  onUncaughtInNode,
} from "./_runtime_node.ts";

/** A worker: of the web, or of `node:worker_threads`. */
export interface WorkerLike {
  /** Sends a message to the worker, and gives away what is to be transferred. */
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
  /** Ends the worker by force. */
  terminate(): unknown;
}

/** What to do in an application whose threads do not find their modules. */
export const BRING_YOUR_OWN =
  "a bundled application needs a worker entry of its own, by the option 'worker': a module that imports the tasks and calls serve() of @interlock/threading/worker";

/** Imports a module that only its URL is known of; bundlers leave that to the runtime. */
export async function importModule(url: string): Promise<void> {
  try {
    await import(/* webpackIgnore: true */ /* @vite-ignore */ url);
  } catch (cause) {
    if (!isBrowser()) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `${url} does not load in a worker: ${why}`;
    throw new Error(`${message}; ${BRING_YOUR_OWN}`, { cause });
  }
}

function isBrowser(): boolean {
  return !isNode() && !("Deno" in globalThis);
}

/** What a policy of the page has forbidden; a worker among it fails without a word. */
const forbidden: string[] = [];
let watchesPolicy = false;

interface Violation {
  readonly effectiveDirective: string;
  readonly blockedURI: string;
}

function watchPolicy(): void {
  if (watchesPolicy || !isBrowser()) return;
  watchesPolicy = true;
  addEventListener("securitypolicyviolation", (event) => {
    const { effectiveDirective, blockedURI } = event as unknown as Violation;
    forbidden.push(`${blockedURI} by ${effectiveDirective}`);
  });
}

/** Calls back if a worker cannot load its entry, or does not catch an error. */
export function onFailure(
  worker: WorkerLike,
  failed: (error: Error) => void,
): void {
  if (isNodeWorker(worker)) return onNodeFailure(worker, failed);
  watchPolicy();
  const before = forbidden.length;
  (worker as Worker).addEventListener("error", (event) => {
    event.preventDefault();
    const why = forbidden.length > before
      ? `the page's Content-Security-Policy forbids ${forbidden.at(-1)}`
      : `its worker did not load: the script is missing, fails, or comes without Cross-Origin-Embedder-Policy: require-corp; ${BRING_YOUR_OWN}`;
    failed(new Error(event.message || why));
  });
}

interface WebLocks {
  request(name: string, held: () => Promise<void> | void): Promise<void>;
}

function webLocks(): WebLocks | undefined {
  // Those of Node are not given back when a thread ends.
  if (isNode()) return undefined;
  return (navigator as { locks?: WebLocks }).locks;
}

/** Whether anything here tells of a thread's end. */
export function seesDeath(): boolean {
  return isNode() || webLocks() !== undefined;
}

/**
 * A line to a thread that is to be started: its other end goes to the thread, and
 * {@linkcode afterBreak} tells when the thread can never run again. Undefined where
 * {@linkcode afterDeath} does.
 */
export function openLifeline(): MessageChannel | undefined {
  return isNode() ? new MessageChannel() : undefined;
}

/** Calls back when the thread at the other end of a line can never run again. */
export function afterBreak(line: MessagePort, callback: () => void): void {
  line.addEventListener("close", callback);
  line.start();
}

/** Takes a lock that this worker only gives back when it ends; resolves when it has it. */
export function holdForLife(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const never = new Promise<void>(() => {});
    const held = () => {
      resolve();
      return never;
    };
    const locks = webLocks();
    if (locks === undefined) resolve();
    else locks.request(name, held).catch(reject);
  });
}

/** Calls back when the worker that holds a lock for life can never run again; where threads have lifelines it does nothing. */
export function afterDeath(name: string, callback: () => void): void {
  webLocks()?.request(name, callback);
}

/** Calls back with what the starter of this worker sends, until the answer is true. */
export function listen(hear: (data: unknown) => boolean): void {
  if (isNode()) return listenInNode(hear);
  const listener = ({ data }: MessageEvent) => {
    if (hear(data)) removeEventListener("message", listener as EventListener);
  };
  addEventListener("message", listener as EventListener);
}

/** Calls back with what nobody catches in this worker, which lives on. */
export function onUncaught(uncaught: (error: unknown) => void): void {
  if (isNode()) return onUncaughtInNode(uncaught);
  addEventListener("error", (event) => {
    event.preventDefault();
    uncaught(event.error ?? event.message);
  });
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    uncaught(event.reason);
  });
}

/** Ends this worker. */
export function close(): void {
  if (isNode()) exitNode();
  else (globalThis as unknown as { close(): void }).close();
}

/** Whether {@linkcode receive} works here: where it does not, messages only come to a thread that does not block. */
export function canReceive(): boolean {
  return nodeThreads() !== undefined;
}

/** The next message that has arrived on a port, without an event loop. */
export function receive(port: MessagePort): unknown {
  return nodeThreads()!.receiveMessageOnPort(port)?.message;
}

/** The next message of a port, by its events. */
export function receiveAsync(port: MessagePort): Promise<unknown> {
  if (canReceive()) return Promise.resolve(receive(port));
  return new Promise((resolve) => {
    port.onmessage = (event) => resolve(event.data);
  });
}

/** What this thread is called if it is not one of ours. */
export function scopeName(): string {
  if (isNode()) return nodeThreads()!.isMainThread ? "main" : "worker";
  const scope = Object.prototype.toString.call(globalThis);
  return scope.includes("Worker") ? globalThis.name || "worker" : "main";
}

/** Calls back before this worker closes itself, also by its user's call. */
export function onClose(callback: () => void): void {
  const scope = globalThis as unknown as { close?: () => void };
  const { close } = scope;
  if (close === undefined) return;
  scope.close = () => {
    callback();
    close.call(globalThis);
  };
}

/** Lets the event loop turn once. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { setImmediate } = globalThis as unknown as {
      setImmediate?: (callback: () => void) => void;
    };
    if (setImmediate !== undefined) return setImmediate(resolve);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
