/**
 * A thread from within: from its first message to its end.
 *
 * @module
 */

import { realm } from "../primitives/_realm.ts";
import { packError, revive } from "./_codec.ts";
import {
  LOADING,
  openControl,
  type Outcome,
  RUNNING,
  type Start,
  STARTING,
} from "./_protocol.ts";
import { receiveAsync } from "./_runtime.ts";
import { findTask } from "./task.ts";

/** Runs one thread, and closes its worker. */
export async function runThread(start: Start): Promise<void> {
  const { ended, status, stop } = openControl(start.control);
  if (status.compareExchange(STARTING, LOADING) !== STARTING) return close();
  realm.threadId = start.id;
  realm.stop = stop;
  realm.current = { id: start.id, name: start.name };

  let over = false;
  const end = (outcome: Outcome) => {
    if (over) return;
    over = true;
    try {
      start.port.postMessage(outcome);
    } catch (error) {
      start.port.postMessage(unsent(start, error));
    }
    ended.countDown();
    close();
  };
  // What is thrown outside of the task ends the thread, and nothing but the thread.
  addEventListener("error", (event) => {
    event.preventDefault();
    end({ type: "error", error: packError(event.error ?? event.message) });
  });
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    end({ type: "error", error: packError(event.reason) });
  });

  let task: (...args: unknown[]) => unknown;
  let args: unknown[];
  try {
    realm.loading = true;
    try {
      await import(start.task.url);
    } finally {
      realm.loading = false;
    }
    task = findTask(start.task);
    args = revive(await receiveAsync(start.port)) as unknown[];
  } catch (error) {
    return end({ type: "start", error: packError(error) });
  }
  status.store(RUNNING);
  try {
    end({ type: "value", value: await task(...args) });
  } catch (error) {
    end({ type: "error", error: packError(error) });
  }
}

function unsent({ task }: Start, error: unknown): Outcome {
  const reason = error instanceof Error ? error.message : String(error);
  const message = `Cannot return from task ${
    JSON.stringify(task.name)
  }: its result cannot be sent to another thread: ${reason}`;
  return { type: "error", error: packError(new TypeError(message)) };
}

function close(): void {
  (globalThis as unknown as { close(): void }).close();
}
