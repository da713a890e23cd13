/**
 * A job as one realm sees it: where it is in the pool's memory, and its outcome once that
 * is known here.
 *
 * The submitter's realm reads the outcome, and its memory is freed. A thread that was
 * handed the future reads it where it is, and it stays.
 *
 * @module
 */

import { decodeAny, encodeAny, MissingError } from "../primitives/_bytes.ts";
import {
  borrowPacket,
  type Packet,
  returnPacket,
} from "../primitives/_packet.ts";
import { show } from "../primitives/_validate.ts";
import {
  BrokenExecutorError,
  CancelledError,
  QueueFullError,
} from "../primitives/errors.ts";
import { threadId } from "../primitives/_thread_id.ts";
import { threadName } from "../primitives/_roster.ts";
import { type Packed, packError, unpackError } from "./_codec.ts";
import {
  BROKE,
  CANCELLED,
  ERROR,
  isOver,
  type JobState,
  LOST,
  TOO_LARGE,
  VALUE,
} from "./_job_state.ts";

/** Finds shared memory that this realm has not met, if it can. */
export type Finder = (key: number) => SharedArrayBuffer | undefined;

/** An error on its way, and the thread that it comes from. */
interface Thrown {
  readonly error: Packed;
  readonly thread: string;
}

/** Writes what a task has thrown; what of it cannot be bytes stays behind. */
export function encodeThrown(
  thrown: unknown,
  thread: string,
  into: Packet,
): void {
  const error = packError(thrown);
  for (
    const packed of [
      error,
      strip(error),
      packError(new Error(show(thrown))),
    ]
  ) {
    try {
      return encodeAny({ error: packed, thread }, into);
    } catch {
      // With less of it.
    }
  }
}

/** Reads what {@linkcode encodeThrown} wrote. */
export function decodeThrown(from: Packet, find?: Finder): unknown {
  const { error, thread } = decodeAny(from, find) as Thrown;
  return unpackError(error, thread);
}

function strip(packed: Packed): Packed {
  if ("value" in packed) return { value: show(packed.value) };
  const { dom, name, message, stack, cause, errors } = packed;
  return {
    dom,
    name,
    message,
    stack,
    own: {},
    ...(cause !== undefined && { cause: strip(cause) }),
    ...(errors !== undefined && { errors: errors.map(strip) }),
  };
}

/** What a job ended with. */
export type Ending =
  | { readonly type: "value"; readonly value: unknown }
  | { readonly type: "error" | "cancelled"; readonly error: unknown };

const NOTHING: Ending = { type: "value", value: undefined };

/** What the jobs of a realm have in common. */
export interface Place {
  readonly jobs: JobState;
  /** Finds what others have told of shared memory, where this realm can. */
  readonly find: Finder | undefined;
  /** A job's outcome names memory that was not met: whether it will be read again. */
  waitsFor(job: Job, key: number): boolean;
  /** Other threads may know a job that is not over. */
  watch(job: Job): void;
}

/** A job, as this realm sees it. */
export class Job {
  /** Its place in the pool's memory; 0 if it is not there. */
  place: number;
  /** Whether other threads may know it. */
  pinned: boolean;
  /** What it ended with, once that is known here. */
  ending: Ending | undefined = undefined;
  /** The shared memory that its arguments name, which must stay until it is over. */
  keeps: SharedArrayBuffer[] | undefined = undefined;
  /** The name of its task, for messages. */
  readonly name: string;
  /** Whether another thread has submitted it. */
  readonly handed: boolean;
  readonly #at: Place;
  #resolve: ((value: unknown) => void) | undefined = undefined;
  #reject: ((error: unknown) => void) | undefined = undefined;
  #callbacks: (() => void)[] | undefined = undefined;

  constructor(at: Place, place: number, name: string, handed: boolean) {
    this.#at = at;
    this.place = place;
    this.name = name;
    this.handed = this.pinned = handed;
  }

  /** Its state in the pool's memory; only until its ending is known. */
  get state(): number {
    return this.#at.jobs.stateOf(this.place);
  }

  /** Whether somebody here asks for its ending, and was not told. */
  get isAwaited(): boolean {
    return this.#resolve !== undefined || this.#callbacks !== undefined;
  }

  /** Settles a promise when its ending is known here; at once if it is. Only once. */
  settle(
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ): void {
    this.#resolve = resolve;
    this.#reject = reject;
    if (this.ending !== undefined && this.#callbacks === undefined) this.tell();
  }

  /** Calls back when its ending is known here, at once if it is; what is returned takes that back. */
  onEnd(callback: () => void): () => void {
    if (this.ending !== undefined && !this.isAwaited) callback();
    else (this.#callbacks ??= []).push(callback);
    return () => {
      const left = this.#callbacks?.filter((other) => other !== callback);
      this.#callbacks = left?.length ? left : undefined;
    };
  }

  /** Learns its ending, if it is over; true if that is known. Calls nobody back. */
  look(): boolean {
    if (this.ending !== undefined) return true;
    const { jobs } = this.#at, state = jobs.stateOf(this.place);
    if (!isOver(state)) return false;
    const bare = state === VALUE && jobs.isBare(this.place);
    const ending = bare ? NOTHING : this.#read(state);
    if (ending === undefined) return false;
    this.end(ending);
    return true;
  }

  /** Its ending is this. */
  end(ending: Ending): void {
    this.ending = ending;
    this.keeps = undefined;
  }

  /** Tells those who wait for its ending. */
  tell(): void {
    const ending = this.ending!, resolve = this.#resolve;
    if (resolve !== undefined) {
      this.#resolve = undefined;
      if (ending.type === "value") resolve(ending.value);
      else this.#reject!(ending.error);
      this.#reject = undefined;
    }
    const callbacks = this.#callbacks;
    if (callbacks === undefined) return;
    this.#callbacks = undefined;
    for (const callback of callbacks) callback();
  }

  /** Its place, where other threads will find it. */
  pin(): number {
    if (this.pinned) return this.place;
    this.pinned = true;
    if (this.place !== 0) this.#at.jobs.pin(this.place);
    else this.place = this.#preserve(this.ending!);
    if (this.ending === undefined) this.#at.watch(this);
    return this.place;
  }

  #preserve(ending: Ending): number {
    const packet = borrowPacket();
    try {
      let state = CANCELLED;
      packet.length = 0;
      if (ending.type === "error") {
        encodeThrown(ending.error, threadName(threadId()), packet);
        state = ERROR;
      } else if (ending.type === "value") {
        if (ending.value !== undefined) encodeAny(ending.value, packet);
        state = VALUE;
      }
      return this.#at.jobs.preserve(packet, state);
    } finally {
      returnPacket(packet);
    }
  }

  #read(state: number): Ending | undefined {
    if (state === CANCELLED) {
      return {
        type: "cancelled",
        error: new CancelledError(
          `The future of task ${show(this.name)} was cancelled`,
        ),
      };
    }
    const packet = borrowPacket();
    try {
      return this.#readWith(state, packet);
    } catch (error) {
      const key = error instanceof MissingError ? error.key : undefined;
      if (key !== undefined && this.#at.waitsFor(this, key)) return undefined;
      return { type: "error", error };
    } finally {
      returnPacket(packet);
    }
  }

  #readWith(state: number, packet: Packet): Ending {
    const task = `task ${show(this.name)}`;
    switch (state) {
      case VALUE: {
        this.#at.jobs.readOutcome(this.place, packet);
        return { type: "value", value: decodeAny(packet, this.#at.find) };
      }
      case ERROR:
        this.#at.jobs.readOutcome(this.place, packet);
        return { type: "error", error: decodeThrown(packet, this.#at.find) };
      case TOO_LARGE:
        throw new QueueFullError(
          `Cannot return from ${task}: the pool's memory has no room for its result; raise 'capacity'`,
        );
      case LOST:
        throw new BrokenExecutorError(
          `Cannot finish ${task}: the thread that ran it died`,
        );
      case BROKE:
        throw brokenError(this.#at.jobs, `run ${task}`);
      default:
        throw new TypeError(`Cannot read the outcome of ${task}: damaged`);
    }
  }
}

/** The error of a pool that broke. */
export function brokenError(
  jobs: JobState,
  action: string,
): BrokenExecutorError {
  const packet = borrowPacket();
  try {
    const broken = `Cannot ${action}: the executor is broken`;
    if (!jobs.readReason(packet)) return new BrokenExecutorError(broken);
    const cause = decodeThrown(packet);
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new BrokenExecutorError(`${broken}: ${reason}`, { cause });
  } finally {
    returnPacket(packet);
  }
}
