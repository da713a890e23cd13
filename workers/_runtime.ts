/**
 * What differs between runtimes: the only file that knows them.
 *
 * @module
 */

/** Starts a worker that runs `entry.js`. */
export function startWorker(name: string): Worker {
  return new Worker(new URL("./entry.js", import.meta.url), {
    type: "module",
    name,
  });
}

/** Starts a worker that runs `supervisor.js`. */
export function startSupervisor(): Worker {
  return new Worker(new URL("./supervisor.js", import.meta.url), {
    type: "module",
    name: "supervisor",
  });
}

// Never called. It puts the entries into the module graph, so that caching, packing
// and publishing follow them and rewrite their imports.
const _graph = () => [import("./entry.js"), import("./supervisor.js")];

interface Permissions {
  querySync(descriptor: { name: "read"; path: URL }): { state: string };
  requestSync(descriptor: { name: "read"; path: URL }): { state: string };
}

interface Runtime {
  Deno?: { permissions: Permissions };
  process?: { getBuiltinModule?(id: string): unknown };
}

const runtime = globalThis as unknown as Runtime;

/**
 * Why a thread could not read a module, if that is known before it tries; a thread
 * that cannot read its entry says nothing to a starter that blocks.
 */
export function readProblem(url: string): string | undefined {
  if (!url.startsWith("file:")) return undefined;
  const permissions = runtime.Deno?.permissions;
  if (permissions === undefined) return undefined;
  const descriptor = { name: "read", path: new URL(url) } as const;
  let { state } = permissions.querySync(descriptor);
  if (state === "prompt") ({ state } = permissions.requestSync(descriptor));
  return state === "granted"
    ? undefined
    : `Deno may not read ${url}, and a thread loads its modules itself: run with --allow-read, such as -R=.`;
}

/** The URL of the entry, where this runtime loads it like any module. */
export function entryUrl(): string {
  return new URL("./entry.js", import.meta.url).href;
}

interface WebLocks {
  request(name: string, held: () => Promise<void> | void): Promise<void>;
}

function webLocks(): WebLocks | undefined {
  return (navigator as { locks?: WebLocks }).locks;
}

/** Whether {@linkcode afterDeath} works here. */
export function seesDeath(): boolean {
  return webLocks() !== undefined;
}

/** Takes a lock that this worker only gives back when it ends; resolves when it has it. */
export function holdForLife(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const never = new Promise<void>(() => {});
    const held = () => {
      resolve();
      return never;
    };
    if (!seesDeath()) resolve();
    else webLocks()!.request(name, held).catch(reject);
  });
}

/** Calls back when the worker that holds a lock for life can never run again. */
export function afterDeath(name: string, callback: () => void): void {
  webLocks()!.request(name, callback);
}

/** Ends this worker. */
export function close(): void {
  (globalThis as unknown as { close(): void }).close();
}

interface NodeThreads {
  receiveMessageOnPort(port: MessagePort): { message: unknown } | undefined;
}

/** Whether {@linkcode receive} works here: where it does not, messages only come to a thread that does not block. */
export function canReceive(): boolean {
  return threads() !== undefined;
}

/** The next message that has arrived on a port, without an event loop. */
export function receive(port: MessagePort): unknown {
  return threads()!.receiveMessageOnPort(port)?.message;
}

function threads(): NodeThreads | undefined {
  return runtime.process?.getBuiltinModule?.("node:worker_threads") as
    | NodeThreads
    | undefined;
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
  const scope = Object.prototype.toString.call(globalThis);
  return scope.includes("Worker") ? globalThis.name || "worker" : "main";
}
