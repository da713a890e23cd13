/**
 * Where a report comes from: machine, versions, commit.
 *
 * @module
 */

import { arch, cpus, release, totalmem, type } from "node:os";
import { Native } from "../support/native.ts";
import type { Machine } from "./report.ts";

/** Packages that ours is compared with. */
const PEERS: ReadonlySet<string> = new Set([
  "async-mutex",
  "multithreading",
  "piscina",
  "ringbuf.js",
  "tinypool",
  "workerpool",
]);

/** This machine. */
export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: navigator.hardwareConcurrency,
    memory: totalmem(),
    os: `${type()} ${release()}`,
    arch: arch(),
  };
}

/** What takes part; the packages are as the lock file pins them. */
export async function versions(): Promise<Record<string, string>> {
  const { version } = JSON.parse(Deno.readTextFileSync("deno.json"));
  const { specifiers } = JSON.parse(Deno.readTextFileSync("deno.lock"));
  const found: Record<string, string> = {
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    typescript: Deno.version.typescript,
    "@interlock/threading": version,
  };
  for (const specifier of Object.keys(specifiers)) {
    const [, name, pinned] = /^npm:(.+)@([^@]+)$/.exec(specifier) ?? [];
    if (name !== undefined && PEERS.has(name)) found[name] = pinned!;
  }
  const native = await Native.open();
  if (native !== undefined) found["compiler"] = native.compiler;
  await native?.close();
  return found;
}

/** The commit, and whether files differ from it. */
export function commit(): string {
  const name = git("rev-parse", "--short=10", "HEAD");
  if (name === undefined) return "unknown";
  return git("status", "--porcelain") === "" ? name : `${name}-dirty`;
}

function git(...args: string[]): string | undefined {
  try {
    const { success, stdout } = new Deno.Command("git", {
      args,
      stderr: "null",
    })
      .outputSync();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch {
    // There is no git here.
    return undefined;
  }
}
