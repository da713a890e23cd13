/**
 * A worker of a crew.
 *
 * @module
 */

import type { Shared } from "../contenders/contender.ts";
import { contenders } from "../contenders/mod.ts";
import { warmUp } from "./busy.ts";
import {
  BUSY,
  ENTRY,
  FAILED,
  INSIDE,
  MODE,
  OBSERVED,
  OUTSIDE,
  READS,
  roundOf,
  STOP,
  TIMES,
  timesOf,
  WORKERS,
} from "./layout.ts";
import { spread } from "./spread.ts";

/** What the main thread posts, once. */
export interface Start {
  me: number;
  control: Int32Array<SharedArrayBuffer>;
  tally: Int32Array<SharedArrayBuffer>;
  times: Float64Array<SharedArrayBuffer>;
  entries: readonly Entry[];
}

/** A contender that has been made. */
export interface Entry {
  primitive: keyof typeof contenders;
  name: string;
  size: number;
  shared: Shared;
}

/** What a worker does in one round. */
export interface Task {
  control: Int32Array<SharedArrayBuffer>;
  tally: Int32Array<SharedArrayBuffer>;
  /** This worker's part of the latencies. */
  latencies: Float64Array<SharedArrayBuffer>;
  size: number;
  me: number;
  times: number;
  inside: number;
  outside: number;
  /** The percentage of sections that only read. */
  reads: number;
  mode: number;
}

const LOOPS: Record<Entry["primitive"], string> = {
  lock: "guard_loop",
  rwlock: "doors_loop",
  semaphore: "guard_loop",
  barrier: "meeting_loop",
  condition: "guard_loop",
  event: "guard_loop",
};

const CORES = navigator.hardwareConcurrency;

/** Opens a contender; the result does a round of it. */
async function open(
  { primitive, name, size, shared }: Entry,
  me: number,
): Promise<(task: Omit<Task, "size">) => void> {
  const view = contenders[primitive][name]!.open(shared as never, me, size);
  const file = LOOPS[primitive];
  // Each contender has a copy of the loop of its own, or the engine would compile
  // one that suits them all: a call that is not inlined costs more than a lock.
  const { run } = await import(`./${file}.ts?${primitive}-${name}`);
  return (task) => run(view, { ...task, size });
}

self.onmessage = async ({ data }: MessageEvent<Start>) => {
  const { me, control, tally, entries } = data;
  const latencies = timesOf(data.times, me);
  const rounds: Awaited<ReturnType<typeof open>>[] = [];
  for (const entry of entries) rounds.push(await open(entry, me));
  warmUp();

  let round = 0;
  for (;;) {
    if (Atomics.sub(control, BUSY, 1) === 1) Atomics.notify(control, BUSY);
    Atomics.wait(control, roundOf(me), round);
    // Before the report: the last report of a round starts the next one.
    round = Atomics.load(control, roundOf(me));
    if (control[STOP] === 1) break;
    try {
      const workers = control[WORKERS]!;
      if (workers <= CORES) spread(control, me, workers);
      const begin = performance.now();
      rounds[control[ENTRY]!]!({
        control,
        tally,
        latencies,
        me,
        times: control[TIMES]!,
        inside: control[INSIDE]!,
        outside: control[OUTSIDE]!,
        reads: control[READS]!,
        mode: control[MODE]!,
      });
      if (control[MODE] !== OBSERVED) latencies[0] = performance.now() - begin;
    } catch (error) {
      console.error(error);
      Atomics.store(control, FAILED, 1);
    }
  }
  self.close();
};
