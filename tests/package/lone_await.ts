// A program that awaits nothing but a lock, which somebody releases after 200 ms.
//
//     lone_await.ts TIMEOUT thread|timer|nobody

import {
  Latch,
  Lock,
  sleep,
  type Task,
  task,
  Thread,
} from "@interlock/threading";

export const hold: Task<(lock: Lock, held: Latch) => void> = task(
  import.meta,
  function hold(lock, held) {
    lock.acquire();
    held.countDown();
    sleep(200);
    lock.release();
  },
);

if (import.meta.main) {
  const [timeout, releaser] = Deno.args;
  const lock = new Lock(), held = new Latch(1);
  if (releaser === "thread") {
    new Thread(hold, [lock, held]).start();
    held.wait();
  } else lock.acquire();
  const got = lock.acquireAsync(Number(timeout)).then(console.log);
  // Such a timer keeps the process alive only while a top-level await is pending.
  if (releaser === "timer") {
    Deno.unrefTimer(setTimeout(() => lock.release(), 200));
  } else await got;
}
