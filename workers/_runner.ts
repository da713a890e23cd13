/**
 * How a thread of a pool runs a job: the task, its arguments, the call or the calls, and
 * what came of it.
 *
 * *Progress* · All that can be done at once is; a promise is returned where the task is
 * to be loaded, memory to be heard of, or the call returns one.
 *
 * @module
 */

import { decodeAny, encodeAny, MissingError } from "../primitives/_bytes.ts";
import { borrowPacket, returnPacket } from "../primitives/_packet.ts";
import { settle } from "../primitives/_park.ts";
import { show } from "../primitives/_validate.ts";
import { type Client, INTRODUCTION } from "./_client.ts";
import { decodeThrown, encodeThrown } from "./_job.ts";
import { CALL, EACH, ERROR, isOver, VALUE } from "./_job_state.ts";
import { loadModule } from "./_errand.ts";
import { broughtTask, findTask, type TaskId } from "./task.ts";

type Call = (...args: unknown[]) => unknown;

/** The outcome of a job with several calls: what they returned, up to the one that threw. */
export interface Several {
  readonly values: unknown[];
  readonly thrown?: Uint8Array;
}

/** Runs jobs that this thread has taken. */
export class Runner {
  /** How deep jobs run inside of others. */
  depth = 0;
  /** Whether its thread is about to end: a job that was ended for that does not end again. */
  dies = false;
  readonly #client: Client;
  readonly #name: string;
  readonly #ends: () => void;
  readonly #calls = new Map<number, Call>();
  /** What results name that may not be read yet. */
  readonly #keeps = new Map<number, SharedArrayBuffer[]>();
  #sweepAt = 64;

  /** `name` is that of the thread; `ends` is called right before the only job that it runs is over. */
  constructor(client: Client, name: string, ends: () => void) {
    this.#client = client;
    this.#name = name;
    this.#ends = ends;
  }

  /** Runs a job that this thread has taken; a promise if it takes longer. */
  run(job: number, last: boolean): Promise<void> | undefined {
    const { jobs } = this.#client;
    const call = this.#calls.get(jobs.taskOf(job));
    if (call === undefined) return this.#runLater(job, last);
    let args: unknown[];
    try {
      args = this.#argsOf(job);
    } catch (error) {
      if (error instanceof MissingError) return this.#runLater(job, last);
      this.finish(job, ERROR, error, last);
      return undefined;
    }
    const mode = jobs.modeOf(job);
    if (mode !== CALL) return this.#runEach(job, call, args, mode, last);
    try {
      this.depth++;
      const value = call(...args);
      if (isThenable(value)) return this.#settle(job, value, last);
      this.finish(job, VALUE, value, last);
    } catch (error) {
      this.finish(job, ERROR, error, last);
    } finally {
      this.depth--;
    }
    return undefined;
  }

  async #settle(
    job: number,
    value: PromiseLike<unknown>,
    last: boolean,
  ): Promise<void> {
    try {
      this.finish(job, VALUE, await value, last);
    } catch (error) {
      this.finish(job, ERROR, error, last);
    }
  }

  /** Loads what the job needs, first. */
  async #runLater(job: number, last: boolean): Promise<void> {
    const { jobs } = this.#client, name = jobs.taskOf(job);
    try {
      if (!this.#calls.has(name)) {
        this.#calls.set(name, await load(this.#client.readName(job)));
      }
      await this.#preparing(job);
    } catch (error) {
      return this.finish(job, ERROR, error, last);
    }
    await this.run(job, last);
  }

  /** Gets what the arguments of a job name. */
  async #preparing(job: number): Promise<void> {
    for (;;) {
      try {
        this.#argsOf(job);
        return;
      } catch (error) {
        if (!(error instanceof MissingError)) throw error;
        const { key, url } = error;
        if (url !== undefined) {
          await loadModule(url);
          continue;
        }
        const met = this.#client.crew.untilMet(() =>
          this.#client.find!(key!) !== undefined
        );
        this.#client.ask!(key!);
        if (!await settle(met, { timeout: INTRODUCTION })) throw error;
      }
    }
  }

  /** Runs a job of several calls; a promise if one of them returns one. */
  #runEach(
    job: number,
    call: Call,
    inputs: readonly unknown[],
    mode: number,
    last: boolean,
    values: unknown[] = [],
  ): Promise<void> | undefined {
    try {
      while (values.length < inputs.length) {
        const input = inputs[values.length];
        const value = mode === EACH ? call(input) : call(...input as unknown[]);
        values.push(value);
        if (!isThenable(value)) continue;
        return this.#goOn(job, call, inputs, mode, last, values);
      }
      this.finish(job, VALUE, { values } satisfies Several, last);
    } catch (error) {
      this.#failEach(job, values, error, last);
    }
    return undefined;
  }

  async #goOn(
    job: number,
    call: Call,
    inputs: readonly unknown[],
    mode: number,
    last: boolean,
    values: unknown[],
  ): Promise<void> {
    try {
      values.push(await values.pop());
    } catch (error) {
      return this.#failEach(job, values, error, last);
    }
    await this.#runEach(job, call, inputs, mode, last, values);
  }

  #failEach(
    job: number,
    values: unknown[],
    error: unknown,
    last: boolean,
  ): void {
    const packet = borrowPacket();
    encodeThrown(error, this.#name, packet);
    const thrown = packet.bytes.slice(0, packet.length);
    returnPacket(packet);
    this.finish(job, VALUE, { values, thrown } satisfies Several, last);
  }

  /** Tells of what a result names, and keeps it until that was read. */
  #tell(job: number): (key: number, buffer: SharedArrayBuffer) => void {
    return (key, buffer) => {
      if (this.#keeps.size >= this.#sweepAt) this.#sweep();
      const kept = this.#keeps.get(job);
      if (kept === undefined) this.#keeps.set(job, [buffer]);
      else kept.push(buffer);
      this.#client.introducer!.introduce(key, buffer);
    };
  }

  #sweep(): void {
    const { jobs } = this.#client;
    for (const job of this.#keeps.keys()) {
      if (!isOver(jobs.stateOf(job))) this.#keeps.delete(job);
    }
    this.#sweepAt = 2 * this.#keeps.size + 64;
  }

  #argsOf(job: number): unknown[] {
    const packet = borrowPacket();
    try {
      this.#client.jobs.read(job, packet);
      if (packet.length === 0) return [];
      return decodeAny(packet, this.#client.find) as unknown[];
    } finally {
      returnPacket(packet);
    }
  }

  /** Ends a job; `last`: nothing else is run here meanwhile. */
  finish(
    job: number,
    state: typeof VALUE | typeof ERROR,
    outcome: unknown,
    last: boolean,
  ): void {
    if (this.dies) return;
    const { jobs } = this.#client, packet = borrowPacket();
    const name = this.#name;
    try {
      if (state === ERROR) encodeThrown(outcome, name, packet);
      else if (outcome === undefined) packet.length = 0;
      else encodeAny(outcome, packet, this.#tell(job));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const task = show(this.#client.readName(job).name);
      const message =
        `Cannot return from task ${task}: its result cannot be sent to another thread: ${reason}`;
      encodeThrown(new TypeError(message), name, packet);
      state = ERROR;
    }
    // Before the job is over (I1 of the crew).
    if (last) this.#ends();
    jobs.finish(job, packet, state);
    returnPacket(packet);
  }

  /** The function of a job's task, if it is loaded here. */
  callOf(job: number): Call | undefined {
    const name = this.#client.jobs.taskOf(job);
    let call = this.#calls.get(name);
    if (call !== undefined) return call;
    try {
      call = findTask(this.#client.readName(job));
    } catch {
      return undefined;
    }
    this.#calls.set(name, call);
    return call;
  }
}

/** The error of several calls, if one threw. */
export function thrownOf({ thrown }: Several): unknown {
  const packet = borrowPacket();
  try {
    packet.ensure(thrown!.length);
    packet.bytes.set(thrown!);
    packet.length = thrown!.length;
    return decodeThrown(packet);
  } finally {
    returnPacket(packet);
  }
}

/** The function of a task, whose module is loaded if need be. */
export async function load(id: TaskId): Promise<Call> {
  return broughtTask(id) ?? (await loadModule(id.url), findTask(id));
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null &&
    typeof (value as PromiseLike<unknown>).then === "function";
}
