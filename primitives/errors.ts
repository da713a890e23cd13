/**
 * The errors that a caller may want to catch.
 *
 * Wrong arguments are `TypeError` and `RangeError`; these are for what a
 * correct program can meet. Each has a `code` that survives minifiers and the
 * way between threads, where an error loses its class.
 *
 * @module
 */

/** A wait ended because its timeout passed, in a method that has no `false` to answer. */
export class TimeoutError extends Error {
  /** The name of the class. */
  override readonly name: string = "TimeoutError";
  /** The stable code of this kind of error. */
  readonly code: string = "ERR_TIMEOUT";
}

/** Why a {@linkcode BrokenBarrierError} was thrown. */
export type BrokenBarrierReason =
  | "timeout"
  | "abort"
  | "reset"
  | "action"
  | "cancel";

/** The barrier broke: those who arrived will not all pass together. */
export class BrokenBarrierError extends Error {
  /** The name of the class. */
  override readonly name: string = "BrokenBarrierError";
  /** The stable code of this kind of error. */
  readonly code: string = "ERR_BROKEN_BARRIER";
  /** What broke the barrier. */
  readonly reason: BrokenBarrierReason;

  /** Makes the error; `message` says what was tried. */
  constructor(
    message: string,
    options: ErrorOptions & { reason: BrokenBarrierReason },
  ) {
    super(message, options);
    this.reason = options.reason;
  }
}

/** The wait was cancelled: by `stop()` of its thread or by its token. */
export class CancelledError extends Error {
  /** The name of the class. */
  override readonly name: string = "CancelledError";
  /** The stable code of this kind of error. */
  readonly code: string = "ERR_CANCELLED";
}

/** The executor cannot run the task: a thread of it died, or could not start or initialise; `cause` has the reason where there is one. */
export class BrokenExecutorError extends Error {
  /** The name of the class. */
  override readonly name: string = "BrokenExecutorError";
  /** The stable code of this kind of error. */
  readonly code: string = "ERR_BROKEN_EXECUTOR";
}

/** The thread could not start; `cause` has the reason where there is one. */
export class ThreadStartError extends Error {
  /** The name of the class. */
  override readonly name: string = "ThreadStartError";
  /** The stable code of this kind of error. */
  readonly code: string = "ERR_THREAD_START";
}

/** Going on would wait for ever: the holder waits for this thread, or cannot run while it waits. */
export class DeadlockError extends Error {
  /** The name of the class. */
  override readonly name: string = "DeadlockError";
  /** The stable code of this kind of error. */
  readonly code: string = "ERR_DEADLOCK";
}

/**
 * The thread that held the lock died: what the lock protects may be half changed.
 * Nobody gets it before one thread has called its `recover()`.
 */
export class AbandonedLockError extends Error {
  /** The name of the class. */
  override readonly name: string = "AbandonedLockError";
  /** The stable code of this kind of error. */
  readonly code: string = "ERR_ABANDONED_LOCK";
}

/** The time was up, or there was no time to wait, and nothing was there to take. */
export class QueueEmptyError extends Error {
  /** The name of the class. */
  override readonly name: string = "QueueEmptyError";
  /** The stable code of this kind of error. */
  readonly code: string = "ERR_QUEUE_EMPTY";
}

/** The time was up and there was no room; or the item takes more room than there ever is. */
export class QueueFullError extends Error {
  /** The name of the class. */
  override readonly name: string = "QueueFullError";
  /** The stable code of this kind of error. */
  readonly code: string = "ERR_QUEUE_FULL";
}

/** The queue was shut down: it takes nothing in, and what it had is gone. */
export class QueueShutDownError extends Error {
  /** The name of the class. */
  override readonly name: string = "QueueShutDownError";
  /** The stable code of this kind of error. */
  readonly code: string = "ERR_QUEUE_SHUT_DOWN";
}

/** The channel was closed: it takes nothing in, and what it had is gone. */
export class ChannelClosedError extends Error {
  /** The name of the class. */
  override readonly name: string = "ChannelClosedError";
  /** The stable code of this kind of error. */
  readonly code: string = "ERR_CHANNEL_CLOSED";
}

/** A blocking method was called where blocking is forbidden, such as a browser's page. */
export class WouldBlockError extends Error {
  /** The name of the class. */
  override readonly name: string = "WouldBlockError";
  /** The stable code of this kind of error. */
  readonly code: string = "ERR_WOULD_BLOCK";
}

/** The call does not fit the state of the object, such as releasing what is not held. */
export class SyncStateError extends Error {
  /** The name of the class. */
  override readonly name: string = "SyncStateError";
  /** The stable code of this kind of error. */
  readonly code: string = "ERR_SYNC_STATE";
}
