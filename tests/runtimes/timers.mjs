// Timers, on time while the thread that started them blocks.
import assert from "node:assert/strict";
import {
  CancelledError,
  Event,
  task,
  Thread,
  Timer,
} from "@interlock/threading";

export const set = task(import.meta, function set(event) {
  event.set();
  return Thread.current.name;
});

export const fail = task(import.meta, function fail() {
  throw new RangeError("in a timer");
});

if (import.meta.main) {
  const event = new Event(), begin = performance.now();
  const timer = new Timer(100, set, [event]).start();
  assert.ok(event.wait(10_000));
  const passed = performance.now() - begin;
  assert.ok(passed >= 99 && passed < 5000, `${passed} ms`);
  assert.equal(timer.result(1000), "timers");

  const late = new Timer(60_000, set, [event]).start();
  assert.ok(late.cancel() && late.finished);
  await assert.rejects(late.resultAsync(), CancelledError);

  await assert.rejects(
    new Timer(0, fail).start().resultAsync(10_000),
    /in a timer/,
  );
  // Nobody waits for the last one: the process ends when it has run.
  new Timer(20, set, [event]).start();
  console.log("passed");
}
