import { CancelToken } from "@interlock/threading";
import type * as bodies from "./bodies/sleep_bodies.ts";
import { type ModelTest, modelTest, ONE } from "./support.ts";

function sleepTest(
  name: string,
  threads: readonly (keyof typeof bodies)[],
  how: Partial<ModelTest<bodies.State>> = {},
): void {
  modelTest<bodies.State>(`sleep: ${name}`, {
    module: new URL("./bodies/sleep_bodies.ts", import.meta.url),
    threads,
    setup: () => ({ token: new CancelToken() }),
    ...how,
  });
}

const explored = { timeouts: "explore" } as const;

sleepTest("it never ends early, in threads and tasks", [
  "sleeper",
  "sleepers",
], explored);
sleepTest("a thread sleeps while its task does", [
  "sleepBesideTask",
  "sleepBesideTask",
], { ...explored, strategies: ONE });
sleepTest("a token ends it", ["sleepLong", "cancel"]);
sleepTest("a token ends a task's", ["sleepLongAsync", "cancel"]);
sleepTest("an abort ends it, or comes too late", ["abortedSleep"], explored);
