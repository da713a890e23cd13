// Tasks of the threads that are traced.

import {
  type AtomicInt32,
  type Condition,
  type Lock,
  type Task,
  task,
} from "@interlock/threading";
import "@interlock/threading/trace";
import type { Tracer } from "@interlock/threading/trace";
import { acquire, bump, type Face, reached } from "../support/stage.ts";

/** Holds the lock from the first bump until somebody else's. */
export const holdUntil: Task<
  (face: Face, tracer: Tracer, lock: Lock, steps: AtomicInt32) => Promise<void>
> = task(import.meta, async function holdUntil(face, tracer, lock, steps) {
  const traced = tracer.trace(lock);
  await acquire(face, traced);
  bump(steps);
  await reached(steps, 2);
  traced.release();
});

/** Gets the lock, and gives it back. */
export const pass: Task<
  (face: Face, tracer: Tracer, lock: Lock) => Promise<void>
> = task(import.meta, async function pass(face, tracer, lock) {
  const traced = tracer.trace(lock);
  if (face === "sync") traced.run(() => {});
  else await traced.runAsync(() => {});
});

/** Ends with the lock held. */
export const keep: Task<(tracer: Tracer, lock: Lock) => void> = task(
  import.meta,
  function keep(tracer, lock) {
    tracer.trace(lock).acquire();
  },
);

/** Gets and gives back the lock, again and again, until it is told to stop. */
export const churn: Task<
  (tracer: Tracer, lock: Lock, steps: AtomicInt32) => void
> = task(import.meta, function churn(tracer, lock, steps) {
  const traced = tracer.trace(lock);
  for (let i = 0; steps.load() < 2; i++) {
    traced.acquire();
    traced.release();
    if (i === 1000) bump(steps);
  }
});

/** Waits until it is notified. */
export const waitOn: Task<
  (face: Face, tracer: Tracer, condition: Condition<Lock>) => Promise<void>
> = task(import.meta, async function waitOn(face, tracer, condition) {
  const traced = tracer.trace(condition);
  await acquire(face, traced);
  if (face === "sync") traced.wait();
  else await traced.waitAsync();
  traced.release();
});

/** Traces a lock, and returns how many threads have a place. */
export const claim: Task<(tracer: Tracer, lock: Lock) => string> = task(
  import.meta,
  function claim(tracer, lock) {
    tracer.trace(lock);
    return tracer.toString();
  },
);
