/**
 * An errand: a task that runs in another thread for somebody here. What a Thread
 * and a Timer have in common, from both ends.
 *
 * The arguments go ahead into a port of its own, and the outcome comes back there;
 * all else is in the control memory (`_protocol.ts`).
 *
 * *Progress* · Who waits looks, once a slice, whether whoever runs the task still
 * can: a blocked thread hears no event.
 *
 * @module
 */

import {
  type AsyncWaitOptions,
  countdown,
  type WaitOptions,
} from "../primitives/_park.ts";
import { realm } from "../primitives/_realm.ts";
import {
  callable,
  optionBag,
  show,
  waitOptions,
} from "../primitives/_validate.ts";
import {
  SyncStateError,
  ThreadStartError,
  TimeoutError,
  WouldBlockError,
} from "../primitives/errors.ts";
import { packError, revive, unpackError } from "./_codec.ts";
import {
  type Control,
  createControl,
  type Outcome,
  type ServiceOptions,
} from "./_protocol.ts";
import {
  canReceive,
  importModule,
  receive,
  receiveAsync,
  type WorkerLike,
} from "./_runtime.ts";
import { broughtTask, findTask, type TaskId, taskId } from "./task.ts";

/** Whose errand it is. */
export interface Principal {
  /** What it is and how it is, for messages. */
  toString(): string;
}

/** Looks whether the task can still run; if not, it ends the errand. */
export type Look = () => void;

const made = { Thread: 0, Timer: 0 };

/** Errands whose outcome nobody has read; the port of each is open. */
const unread = new Set<Errand>();
let sweepAt = 64;

/** Nobody need join what has ended; its port would stay open for ever. */
function keepTrack(errand: Errand): void {
  if (unread.size >= sweepAt) {
    for (const old of unread) if (old.ended) old.collect();
    sweepAt = 2 * unread.size + 64;
  }
  unread.add(errand);
}

/** An errand, from the end of who wants it done. */
export class Errand {
  readonly task: TaskId;
  readonly name: string;
  readonly makeWorker: (() => WorkerLike) | undefined;
  readonly scope: SharedArrayBuffer | undefined;
  readonly #serve: ((port: MessagePort) => void) | undefined;
  readonly #kind: "Thread" | "Timer";
  readonly #principal: Principal;
  readonly #look: Look;
  readonly #args: unknown[];
  #control: Control | undefined;
  #begun = false;
  #port: MessagePort | undefined;
  #incoming: Promise<unknown> | undefined;
  /** Gives or throws what the task ended with, once that is known. */
  #outcome: (() => unknown) | undefined;
  #startError: ThreadStartError | undefined;

  /** Checks what a thread or a timer is made with. */
  constructor(
    kind: "Thread" | "Timer",
    principal: Principal,
    look: Look,
    task: unknown,
    args: unknown[] = [],
    options?: Partial<ServiceOptions>,
  ) {
    const action = `create ${kind}`;
    this.task = taskId(action, task);
    if (!Array.isArray(args)) {
      throw new TypeError(
        `Cannot ${action}: 'args' must be an array, received ${show(args)}`,
      );
    }
    const {
      worker,
      name = `${kind}-${++made[kind]} (${this.task.name})`,
      serve,
      scope,
    } = optionBag(action, options);
    if (typeof name !== "string") {
      throw new TypeError(
        `Cannot ${action}: 'name' must be a string, received ${show(name)}`,
      );
    }
    if (worker !== undefined) callable(action, "worker", worker);
    this.name = name;
    this.makeWorker = worker;
    this.scope = scope;
    this.#serve = serve;
    this.#kind = kind;
    this.#principal = principal;
    this.#look = look;
    this.#args = [...args];
  }

  /** Whether whoever runs it serves others. */
  get serves(): boolean {
    return this.#serve !== undefined;
  }

  /** Whether it has been begun. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Whether it is over. */
  get ended(): boolean {
    return this.#control !== undefined && this.#control.ended.count === 0;
  }

  /** Its control memory; not made with the errand, which a module may make when it is loaded. */
  get control(): Control {
    return this.#control ??= createControl();
  }

  /** Its control memory, if it has been begun. */
  expectBegun(action: string): Control {
    if (this.#begun) return this.control;
    throw new SyncStateError(
      `Cannot ${action} ${this.#principal}: it has not been started`,
    );
  }

  /**
   * Sends the arguments ahead, and returns the port for whoever runs the task;
   * undefined if it has ended before it began.
   */
  begin(): MessagePort | undefined {
    if (this.#begun) {
      throw new SyncStateError(
        `Cannot start ${this.#principal}: it has been started`,
      );
    }
    if (realm.loading) {
      throw new SyncStateError(
        `Cannot start ${this.#principal} while a thread loads this module: guard the program with if (import.meta.main)`,
      );
    }
    if (this.ended) {
      this.#begun = true;
      return undefined;
    }
    const { port1, port2 } = new MessageChannel();
    try {
      port1.postMessage(this.#args);
    } catch (cause) {
      port1.close();
      port2.close();
      throw new TypeError(
        `Cannot start ${this.#principal}: 'args' cannot be sent to a thread: ${
          (cause as Error).message
        }`,
        { cause },
      );
    }
    this.#begun = true;
    this.#port = port1;
    this.#serve?.(port1);
    if (canReceive()) keepTrack(this);
    return port2;
  }

  /** Blocks until it has ended; false if the timeout passes first. */
  join(wait?: number | WaitOptions): boolean {
    const options = this.#joinOptions(wait, false);
    const left = countdown(options.timeout);
    const { ended } = this.control;
    for (;;) {
      const timeout = Math.min(left(), realm.slice);
      if (ended.wait({ ...options, timeout } as WaitOptions)) {
        this.collect();
        return this.#joined();
      }
      this.#look();
      if (!this.ended && left() <= 0) return false;
    }
  }

  /** Waits like `join`, without blocking the thread. */
  async joinAsync(wait?: number | AsyncWaitOptions): Promise<boolean> {
    const options = this.#joinOptions(wait, true);
    const left = countdown(options.timeout);
    const { ended } = this.control;
    for (;;) {
      const timeout = Math.min(left(), realm.slice);
      if (await ended.waitAsync({ ...options, timeout })) {
        // Where it can be read at once, nobody finds it read and not yet taken.
        this.collect();
        if (this.#outcome === undefined) {
          this.#take(await (this.#incoming ??= receiveAsync(this.#port!)));
        }
        return this.#joined();
      }
      this.#look();
      if (!this.ended && left() <= 0) return false;
    }
  }

  /** Blocks like `join`; returns what the task returned, or throws what it threw. */
  result(wait?: number | WaitOptions): unknown {
    if (!this.join(wait)) throw this.#late();
    if (this.#outcome === undefined) {
      throw new WouldBlockError(
        `Cannot read the result of ${this.#principal} by blocking: await resultAsync() instead`,
      );
    }
    return this.#outcome();
  }

  /** Waits like `result`, without blocking the thread. */
  async resultAsync(wait?: number | AsyncWaitOptions): Promise<unknown> {
    if (!await this.joinAsync(wait)) throw this.#late();
    return this.#outcome!();
  }

  #joinOptions(
    wait: number | WaitOptions | AsyncWaitOptions | undefined,
    awaits: boolean,
  ): AsyncWaitOptions {
    if (!this.ended) this.expectBegun("join");
    return waitOptions(`join ${this.#kind}`, wait, awaits);
  }

  /** Ends it, from here: its result is that this is thrown. */
  fail(error: unknown): void {
    this.#end(() => {
      throw error;
    });
    this.control.ended.countDown();
  }

  /** Ends it, from here: nobody ran the task, nor ever will. */
  failToStart(cause: unknown): void {
    this.#neverStarted(cause);
    this.control.ended.countDown();
  }

  #neverStarted(cause: unknown): void {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const error = new ThreadStartError(
      `Cannot start ${this.#kind}(${show(this.name)}): ${reason}`,
      { cause },
    );
    this.#startError = error;
    this.#end(() => {
      throw error;
    });
  }

  /** Reads the outcome of what has ended: it was sent before the latch opened. */
  collect(): void {
    if (this.#outcome !== undefined || !canReceive()) return;
    this.#take(receive(this.#port!));
  }

  #take(message: unknown): void {
    if (this.#outcome !== undefined) return;
    const outcome = open(message as Outcome);
    if (outcome.type === "value") {
      const { value } = outcome;
      return this.#end(() => value);
    }
    const error = unpackError(outcome.error, this.name);
    if (outcome.type === "start") return this.#neverStarted(error);
    this.#end(() => {
      throw error;
    });
  }

  #end(outcome: () => unknown): void {
    this.#outcome = outcome;
    this.#port?.close();
    unread.delete(this);
  }

  #joined(): true {
    if (this.#startError !== undefined) throw this.#startError;
    return true;
  }

  #late(): TimeoutError {
    return new TimeoutError(
      `${this.#principal} has not ended: the timeout passed`,
    );
  }
}

/** The outcome with its handles opened; an error where one of them is none. */
function open(outcome: Outcome): Outcome {
  if (outcome.type !== "value") return outcome;
  try {
    return { type: "value", value: revive(outcome.value) };
  } catch (error) {
    return { type: "error", error: packError(error) };
  }
}

/** An errand, from the end of who runs the task. */
export interface Order {
  readonly task: TaskId;
  readonly port: MessagePort;
}

/** Imports the module of a task; what it makes at its top level is poisoned, as each thread makes it. */
export async function loadModule(url: string): Promise<void> {
  realm.loading = true;
  try {
    await importModule(url);
  } finally {
    realm.loading = false;
  }
}

/** Finds the task and takes its arguments, which come after `first`; `load` imports the module. */
export async function prepare(
  { task, port }: Order,
  load: (url: string) => Promise<void>,
  first: unknown[] = [],
): Promise<() => unknown> {
  const found = broughtTask(task) ?? (await load(task.url), findTask(task));
  const args = revive(await receiveAsync(port)) as unknown[];
  return () => found(...first, ...args);
}

/** What a task ends with. */
export async function outcomeOf(call: () => unknown): Promise<Outcome> {
  try {
    return { type: "value", value: await call() };
  } catch (error) {
    return { type: "error", error: packError(error) };
  }
}

/** Sends what a task ended with; the latch is opened after that. */
export function report({ task, port }: Order, outcome: Outcome): void {
  try {
    port.postMessage(outcome);
  } catch (error) {
    port.postMessage(unsent(task, error));
  }
}

function unsent(task: TaskId, error: unknown): Outcome {
  const reason = error instanceof Error ? error.message : String(error);
  const message = `Cannot return from task ${
    JSON.stringify(task.name)
  }: its result cannot be sent to another thread: ${reason}`;
  return { type: "error", error: packError(new TypeError(message)) };
}
