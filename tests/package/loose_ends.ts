// A program that starts threads, and leaves most of them to themselves.
import {
  Event,
  Latch,
  sleep,
  type Task,
  task,
  Thread,
} from "@interlock/threading";

export const finish: Task<(ms: number) => number> = task(
  import.meta,
  function finish(ms) {
    sleep(ms);
    return ms;
  },
);

export const fail: Task<() => never> = task(import.meta, function fail() {
  throw new RangeError("on purpose");
});

export const waitFor: Task<(event: Event, started: Latch) => void> = task(
  import.meta,
  function waitFor(event, started) {
    started.countDown();
    event.wait();
  },
);

if (import.meta.main) {
  const never = new Event(), started = new Latch(1);
  new Thread(finish, [1]); // never started
  new Thread(finish, [1]).start(); // never joined
  new Thread(fail).start(); // nobody hears of its error
  new Thread(finish, [200]).start().join(1); // joined too briefly, twice
  await new Thread(finish, [200]).start().joinAsync(1);
  const stopped = new Thread(waitFor, [never, started]).start();
  started.wait();
  stopped.stop();
  console.log(new Thread(finish, [1]).start().result());
  console.log(await new Thread(finish, [2]).start().resultAsync());
}
