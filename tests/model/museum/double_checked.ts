import { shared } from "../../../testing/mod.ts";
import { exhibit, lock, unlock, words } from "./exhibit.ts";

const setup = (right: boolean) => ({
  right,
  mutex: words(),
  ready: words(),
  value: shared(words()),
});

export function use(
  { right, mutex, ready, value }: ReturnType<typeof setup>,
): void {
  if (Atomics.load(ready, 0) === 0) {
    lock(mutex);
    if (Atomics.load(ready, 0) === 0) {
      if (!right) Atomics.store(ready, 0, 1);
      value[0] = 42;
      if (right) Atomics.store(ready, 0, 1);
    }
    unlock(mutex);
  }
  if (value[0] !== 42) throw new Error("there is no value");
}

// The flag is up before the value is there. Who sees it does not take the lock, and
// nothing orders its read after the write.
export const flagBeforeValue = exhibit({
  bug: "classic",
  title: "A double-checked init that publishes the flag first shows no value",
  kinds: ["data race", "exception"],
  module: import.meta.url,
  threads: [use, use],
  setup,
});
