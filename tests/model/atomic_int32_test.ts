import { AtomicInt32 } from "@interlock/threading";
import { dfs } from "../../testing/mod.ts";
import type * as bodies from "./bodies/atomic_int32_bodies.ts";
import {
  MANY_DEATHS,
  type ModelTest,
  modelTest,
  ONE,
  SOME,
  WIDE,
  words,
} from "./support.ts";

type State = bodies.State;

function atomicTest(
  name: string,
  threads: readonly (keyof typeof bodies)[],
  how: Partial<ModelTest<State>> = {},
): void {
  modelTest<State>(`AtomicInt32: ${name}`, {
    module: new URL("./bodies/atomic_int32_bodies.ts", import.meta.url),
    threads,
    setup: () => ({ count: new AtomicInt32(), marks: words(1) }),
    timeouts: "explore",
    ...how,
  });
}

const all = { strategies: [dfs({ preemptions: Infinity })] };

atomicTest("no update is lost", ["update", "updateTwice"], {
  ...all,
  final: ({ count }) => count.load() === 3,
});
atomicTest("no update is lost beside an addition", [
  "update",
  "update",
  "add",
], { ...all, final: ({ count }) => count.load() === 3 });
atomicTest("of two that swap the same value one succeeds", [
  "swap",
  "swap",
], { ...all, final: ({ marks }) => marks[0] === 1 });

atomicTest("a change that all are notified of, against a timeout", [
  "wait",
  "timed",
  "storeAndNotifyAll",
], { strategies: SOME });
atomicTest("two are woken one by one", [
  "wait",
  "wait",
  "storeAndNotifyTwice",
], { strategies: WIDE });
atomicTest("each that is woken wakes the next one", [
  "waitAndNotifyOne",
  "waitAndNotifyOne",
  "storeAndNotifyOne",
], { strategies: WIDE });
atomicTest("a wait that ends for nothing", ["wait", "storeAndNotifyOne"], {
  faults: { spurious: 1 },
});
atomicTest("tasks do not take the wake of the blocked one", [
  "twoTasks",
  "wait",
  "storeAndNotifyOne",
], { strategies: ONE });
atomicTest("a task whose wait is aborted takes no wake", [
  "abortedAndTask",
  "wait",
  "storeAndNotifyOne",
], { strategies: ONE });
atomicTest("a task waits, and then its thread", [
  "taskAndBlock",
  "storeAndNotifyOne",
]);
atomicTest("a task waits, and then its thread, beside another one", [
  "taskAndBlock",
  "wait",
  "storeAndNotifyAll",
], { strategies: ONE });

// Threads that die: who is left waits for ever only if nothing has changed.

const isUnchanged = ({ count }: State) => count.load() === 0;
const death = {
  faults: { death: 1 },
  timeouts: "virtual",
  stuck: isUnchanged,
  final: (state: State) => state.marks[0] === 0 || isUnchanged(state),
} as const;

atomicTest("a thread dies at any point", ["wait", "storeAndNotifyOne"], death);
atomicTest("one of three threads dies at any point", [
  "patient",
  "patient",
  "storeAndNotifyTwice",
], { ...death, strategies: MANY_DEATHS });
atomicTest("one of those who update dies at any point", [
  "update",
  "update",
  "add",
], {
  ...death,
  final: ({ count }, { dead }) => count.load() >= 3 - dead.length,
});
atomicTest("a thread with tasks dies, or the other one", [
  "twoTasks",
  "storeAndNotifyOne",
], death);
atomicTest("a thread dies asleep and swallows the wake of one", [
  "wait",
  "wait",
  "storeAndNotifyOne",
], { ...death, faults: { zombie: 1 }, strategies: ONE });
