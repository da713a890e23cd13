/**
 * A worker of a crew.
 *
 * @module
 */

import { type Contender, contenders } from "./contenders.ts";
import {
  BUSY,
  CHECKED,
  ENTRY,
  FAILED,
  INSIDE,
  OUTSIDE,
  roundOf,
  STOP,
  TIMES,
} from "./layout.ts";

/** What the main thread posts, once. */
export interface Start {
  me: number;
  control: Int32Array<SharedArrayBuffer>;
  tally: Int32Array<SharedArrayBuffer>;
  entries: readonly Entry[];
}

/** A contender that has been made. */
export interface Entry {
  primitive: keyof typeof contenders;
  name: string;
  size: number;
  shared: ReturnType<Contender["make"]>;
}

/** What a worker does in one round. */
export interface Task {
  tally: Int32Array<SharedArrayBuffer>;
  size: number;
  me: number;
  times: number;
  inside: number;
  outside: number;
  checked: boolean;
}

const LOOPS: Record<Entry["primitive"], string> = {
  lock: "guard_loop",
  rwlock: "doors_loop",
  semaphore: "guard_loop",
  barrier: "meeting_loop",
  condition: "guard_loop",
};

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
  const rounds: Awaited<ReturnType<typeof open>>[] = [];
  for (const entry of entries) rounds.push(await open(entry, me));

  let round = 0;
  for (;;) {
    if (Atomics.sub(control, BUSY, 1) === 1) Atomics.notify(control, BUSY);
    Atomics.wait(control, roundOf(me), round);
    // Before the report: the last report of a round starts the next one.
    round = Atomics.load(control, roundOf(me));
    if (control[STOP] === 1) break;
    try {
      rounds[control[ENTRY]!]!({
        tally,
        me,
        times: control[TIMES]!,
        inside: control[INSIDE]!,
        outside: control[OUTSIDE]!,
        checked: control[CHECKED] === 1,
      });
    } catch (error) {
      console.error(error);
      Atomics.store(control, FAILED, 1);
    }
  }
  self.close();
};
