/**
 * Starts workers; see `_runtime.ts`.
 *
 * The entry of a thread starts threads too, and Vite builds no entries that need each
 * other in a circle: so what the supervisor's entry needs is not here.
 *
 * @module
 */

import { BRING_YOUR_OWN, type WorkerLike } from "./_runtime.ts";
import { existsInNode, isNode, startNodeWorker } from "./_runtime_node.ts";

/** Starts a worker that runs `entry.js`; throws if it is known that it could not. */
export function startWorker(name: string): WorkerLike {
  const url = checked("./entry.js");
  if (isNode()) return startNodeWorker(url, name);
  return new Worker(new URL("./entry.js", import.meta.url), {
    type: "module",
    name,
  });
}

/** Starts a worker that runs `supervisor.js`; throws if it is known that it could not. */
export function startSupervisor(): WorkerLike {
  const url = checked("./supervisor.js"), name = "supervisor";
  if (isNode()) return startNodeWorker(url, name);
  return new Worker(new URL("./supervisor.js", import.meta.url), {
    type: "module",
    name,
  });
}

// Never called. It puts the entries into the module graph, so that caching, packing
// and publishing follow them and rewrite their imports.
const _graph = () => [import("./entry.js"), import("./supervisor.js")];

/** The URL of an entry that can be read, as far as it is known; not in the form that bundlers follow. */
function checked(file: string, base: string = import.meta.url): URL {
  const url = new URL(file, base);
  const problem = readProblem(url.href) ??
    (exists(url) ? undefined : `there is no ${url}: ${BRING_YOUR_OWN}`);
  if (problem === undefined) return url;
  throw new Error(problem);
}

function exists(url: URL): boolean {
  if (url.protocol !== "file:") return true;
  if (isNode()) return existsInNode(url);
  try {
    scope.Deno?.statSync(url);
    return true;
  } catch (error) {
    return (error as Error).name !== "NotFound";
  }
}

interface Permissions {
  querySync(descriptor: { name: "read"; path: URL }): { state: string };
  requestSync(descriptor: { name: "read"; path: URL }): { state: string };
}

interface DenoScope {
  readonly permissions: Permissions;
  statSync(path: URL): unknown;
}

const scope = globalThis as unknown as { Deno?: DenoScope };

/**
 * Why a thread could not read a module, if that is known before it tries; a thread
 * that cannot read its entry says nothing to a starter that blocks.
 */
export function readProblem(url: string): string | undefined {
  if (!url.startsWith("file:")) return undefined;
  const permissions = scope.Deno?.permissions;
  if (permissions === undefined) return undefined;
  const descriptor = { name: "read", path: new URL(url) } as const;
  let { state } = permissions.querySync(descriptor);
  if (state === "prompt") ({ state } = permissions.requestSync(descriptor));
  return state === "granted"
    ? undefined
    : `Deno may not read ${url}, and a thread loads its modules itself: run with --allow-read, such as -R=.`;
}
