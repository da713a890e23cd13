/**
 * How much memory primitives and threads take.
 *
 * @module
 */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Case, Family, Grid, Round, Session } from "../support/family.ts";
import { type Holding, holdings } from "./_memory_contenders.ts";

const SHARED = "shared memory", HEAP = "heap of a view";
const RESIDENT = "resident memory of a thread";

/** The primitive whose view the quick grid looks at. */
const QUICK = "Lock";
/** So many views that what else happens on the heap does not count. */
const VIEWS = 10_000;

/** All that the probe knows. */
const THREADS = [
  "ours",
  "ours, pool",
  "floor",
  "piscina",
  "tinypool",
  "workerpool",
];

/** Bytes of shared memory that are asked for meanwhile. */
function sharedBytes(make: () => unknown): number {
  // What a thread makes once, for all objects of a kind, is not the object's.
  make();
  const Plain = globalThis.SharedArrayBuffer;
  let bytes = 0;
  globalThis.SharedArrayBuffer = new Proxy(Plain, {
    construct(target, args, made) {
      const buffer = Reflect.construct(target, args, made);
      bytes += buffer.byteLength;
      return buffer;
    },
  });
  try {
    make();
  } finally {
    globalThis.SharedArrayBuffer = Plain;
  }
  return bytes;
}

let gc: (() => void) | undefined;

function collect(): void {
  if (gc === undefined) {
    setFlagsFromString("--expose-gc");
    gc = runInNewContext("gc") as () => void;
  }
  gc();
}

/** Bytes of the heap that one of many views takes. */
function heapBytes(open: () => unknown): number {
  const views = new Array<unknown>(VIEWS).fill(open());
  collect();
  const before = Deno.memoryUsage().heapUsed;
  for (let n = 0; n < VIEWS; n++) views[n] = open();
  collect();
  const bytes = (Deno.memoryUsage().heapUsed - before) / VIEWS;
  // Until here nothing may collect them.
  if (views.length !== VIEWS) throw new Error("The views are gone");
  return bytes;
}

/** Bytes of the process that a thread takes. */
async function residentBytes(contender: string): Promise<number> {
  const probe = new URL("./_memory_probe.ts", import.meta.url).href;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "-A", probe, contender],
  }).output();
  const text = new TextDecoder();
  const bytes = Number(text.decode(stdout));
  if (success && bytes > 0) return bytes;
  throw new Error(`No bytes of ${contender}: ${text.decode(stderr)}`);
}

function caseOf(
  group: string,
  x: string,
  contenders: readonly string[],
): Case {
  return { id: `${group}/${x}`, group, x, contenders, times: 1, most: 1 };
}

function casesOf(grid: Grid): Case[] {
  const kinds = Object.entries(holdings);
  const shared = kinds.map(([x, by]) => caseOf(SHARED, x, Object.keys(by)));
  const heap = kinds
    .filter(([x]) => grid === "full" || x === QUICK)
    .map(([x, by]) => {
      const opened = Object.keys(by).filter((name) => by[name]!.opener);
      return caseOf(HEAP, x, opened);
    });
  // A round of it takes a second for each contender.
  const resident = grid === "full" ? [caseOf(RESIDENT, "thread", THREADS)] : [];
  return [...shared, ...heap, ...resident];
}

function holdingOf({ x }: Case, contender: string): Holding {
  const holding = holdings[x]?.[contender];
  if (holding !== undefined) return holding;
  throw new RangeError(
    `Cannot measure memory: 'contender' must be one of the case, received ${contender}`,
  );
}

class Measuring implements Session {
  readonly cases: readonly Case[];

  constructor(grid: Grid) {
    this.cases = casesOf(grid);
  }

  async round(item: Case, contender: string): Promise<Round> {
    const begin = performance.now();
    const value = await bytesOf(item, contender);
    return { elapsed: performance.now() - begin, value };
  }

  close(): void {}
}

function bytesOf(item: Case, contender: string): number | Promise<number> {
  if (item.group === RESIDENT) return residentBytes(contender);
  const holding = holdingOf(item, contender);
  if (item.group === SHARED) return sharedBytes(() => holding.make());
  return heapBytes(holding.opener!());
}

/** Bytes, of three kinds. */
export const memory: Family = {
  name: "memory",
  title: "Memory",
  about:
    "Shared memory: what a new object asks for; queues and maps grow. Heap: what each of " +
    "10,000 views of one object adds to this thread's heap, after a garbage collection; " +
    "the engine's own records of buffers are outside of it. Resident memory: by how much a " +
    "process grows that starts four threads which answer once, for each of them; ours are " +
    "threads, and those of a pool, and the floor is a Worker that answers messages.",
  unit: "bytes",
  axis: "what",
  open: (grid) => new Measuring(grid),
};
