// A program lives as long as it waits, and ends by itself.
import assert from "node:assert/strict";
import { Event, Lock, sleep, task, Thread } from "@interlock/threading";

export const release = task(import.meta, function release(lock, taken) {
  lock.acquire();
  taken.set();
  sleep(300);
  lock.release();
});

export const nothing = task(import.meta, function nothing() {});

export const fail = task(import.meta, function fail() {
  throw new Error("nobody looks");
});

if (import.meta.main) {
  new Thread(nothing); // never started
  new Thread(nothing).start(); // never joined
  new Thread(fail).start();
  const lock = new Lock(), taken = new Event();
  new Thread(release, [lock, taken]).start();
  taken.wait();
  // Nothing but this await keeps the program alive, once the thread has ended.
  assert.ok(await lock.acquireAsync());
  setTimeout(() => lock.release(), 50).unref?.();
  assert.ok(await lock.acquireAsync(10_000));
  assert.equal(await new Event().waitAsync(50), false);
  console.log("passed");
}
