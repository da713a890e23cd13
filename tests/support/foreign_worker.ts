// A worker that is not one of ours: it gets handles by postMessage.
import {
  AtomicInt32,
  Latch,
  Lock,
  type Posted,
  Thread,
} from "@interlock/threading";

/** What it is sent. */
export interface Parts {
  lock: Lock;
  counter: AtomicInt32;
  done: Latch;
}

globalThis.addEventListener("message", (event) => {
  const parts = (event as MessageEvent<Posted<Parts>>).data;
  const lock = Lock.from(parts.lock), counter = AtomicInt32.from(parts.counter);
  lock.run(() => {
    if (Thread.current.id > 0 && Thread.current.name !== "main") {
      counter.store(counter.load() + 1);
    }
  });
  Latch.from(parts.done).countDown();
  (globalThis as unknown as { close(): void }).close();
});
