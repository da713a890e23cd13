/**
 * What a Thread and its worker say to each other.
 *
 * The worker is sent one message, a {@linkcode Start}; the arguments are waiting in
 * its port, and the outcome comes back on it; a thread that serves others hears more
 * there. All else is in shared memory, so a starter that blocks sees it too:
 *
 * *Words* of the control memory · bytes 0-63 ENDED, a Latch(1) · 64-127 STATUS, an
 * AtomicInt32 · 128 STOP, a bare word: not 0 asks the thread to end.
 *
 * *States* of STATUS
 *
 * | STATUS | means | → by |
 * | --- | --- | --- |
 * | STARTING | the worker has not been heard of | LOADING, the worker; FAILED, the starter |
 * | LOADING | the worker imports the task's module | RUNNING, the worker |
 * | RUNNING | the task runs | |
 * | FAILED | it never came to life; if it does now, it ends at once | |
 *
 * *Invariants* · I1: ENDED opens once, after the outcome is in the port or the
 * starter knows why there is none. I2: STARTING is left by one compareExchange.
 *
 * @module
 */

import { AtomicInt32 } from "../primitives/atomic_int32.ts";
import { Latch } from "../primitives/latch.ts";
import { sharedMemory, type Words } from "../primitives/_record.ts";
import type { Packed } from "./_codec.ts";
import type { WorkerLike } from "./_runtime.ts";
import type { TaskId } from "./task.ts";

/** STATUS. */
export const STARTING = 0, LOADING = 1, RUNNING = 2, FAILED = 3;

/** The message that a worker begins with. */
export interface Start {
  readonly interlock: 1;
  readonly name: string;
  readonly id: number;
  readonly roster: Words;
  readonly task: TaskId;
  readonly control: SharedArrayBuffer;
  readonly port: MessagePort;
  /** Its lifeline to the supervisor, where there are such. */
  readonly life: MessagePort | undefined;
  /** Whether it serves others: its task gets the port, and outlives what others throw. */
  readonly serves: boolean;
  /** The memory of the scope that it is one of. */
  readonly scope: SharedArrayBuffer | undefined;
}

/** What only the library makes a thread with: one that serves others, one of a scope. */
export interface ServiceOptions {
  readonly name: string;
  readonly worker: () => WorkerLike;
  /** Is given this end of its port when it is started. */
  readonly serve: (port: MessagePort) => void;
  /** The memory of the scope that it is one of. */
  readonly scope: SharedArrayBuffer;
}

/** What a thread ended with. */
export type Outcome =
  | { readonly type: "value"; readonly value: unknown }
  | { readonly type: "error"; readonly error: Packed }
  | { readonly type: "start"; readonly error: Packed };

/** A view of the control memory. */
export interface Control {
  readonly memory: SharedArrayBuffer;
  readonly ended: Latch;
  readonly status: AtomicInt32;
  readonly stop: Words;
}

const STATUS_BYTE = 64, STOP_BYTE = 128, BYTES = 192;

/** The control memory of a new thread. */
export function createControl(): Control {
  const buffer = sharedMemory(BYTES);
  return {
    memory: buffer,
    ended: new Latch(1, { memory: { buffer } }),
    status: new AtomicInt32(STARTING, {
      memory: { buffer, byteOffset: STATUS_BYTE },
    }),
    stop: new Int32Array(buffer, STOP_BYTE, 1),
  };
}

/** The same, seen from the worker. */
export function openControl(buffer: SharedArrayBuffer): Control {
  return {
    memory: buffer,
    ended: Latch.from({ kind: "Latch", buffer, byteOffset: 0 }),
    status: AtomicInt32.from({
      kind: "AtomicInt32",
      buffer,
      byteOffset: STATUS_BYTE,
    }),
    stop: new Int32Array(buffer, STOP_BYTE, 1),
  };
}
