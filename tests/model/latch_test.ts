import { Latch } from "@interlock/threading";
import { shared } from "../../testing/mod.ts";
import type * as bodies from "./bodies/latch_bodies.ts";
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

function latchTest(
  name: string,
  threads: readonly (keyof typeof bodies)[],
  how: Partial<ModelTest<State>> = {},
): void {
  modelTest<State>(`Latch: ${name}`, {
    module: new URL("./bodies/latch_bodies.ts", import.meta.url),
    threads,
    setup: () => ({
      latch: new Latch(2),
      done: shared(words(2)),
      marks: words(1),
    }),
    timeouts: "explore",
    ...how,
  });
}

latchTest("two threads count down, a third one waits", [
  "wait",
  "countFirst",
  "countSecond",
]);
latchTest("two threads count down, one waits, and one until its time is up", [
  "wait",
  "timed",
  "countFirst",
  "countSecond",
], { strategies: SOME });
latchTest("a timeout against the last count", ["wait", "timed", "countBoth"], {
  strategies: SOME,
});
latchTest("a wait that ends for nothing", ["wait", "countBoth"], {
  faults: { spurious: 1 },
});
latchTest("counted down further than there is to count", [
  "wait",
  "countBoth",
  "countMore",
]);
latchTest("two tasks, one with a timeout", [
  "twoTasks",
  "countFirst",
  "countSecond",
], { strategies: WIDE });
latchTest("tasks and a thread", ["twoTasks", "wait", "countBoth"], {
  strategies: ONE,
});
latchTest("an abort of a task's wait beside another task's", [
  "abortedAndTask",
  "countBoth",
]);
latchTest("a task waits, and then its thread", ["taskAndBlock", "countBoth"]);

// Threads that die: who is left waits for ever only if the count is not down.

const isClosed = ({ latch }: State) => latch.count > 0;
const death = {
  faults: { death: 1 },
  timeouts: "virtual",
  stuck: isClosed,
  final: (state: State) => state.marks[0] === 0 || isClosed(state),
} as const;

latchTest("one of those who count dies at any point, or who waits", [
  "wait",
  "countFirst",
  "countSecond",
], { ...death, strategies: ONE });
latchTest("one of three threads dies at any point", [
  "patient",
  "patient",
  "countBoth",
], { ...death, strategies: MANY_DEATHS });
latchTest("a thread with tasks dies, or the other one", [
  "twoTasks",
  "countBoth",
], death);
latchTest("a thread dies asleep", ["wait", "wait", "countBoth"], {
  ...death,
  faults: { zombie: 1 },
  strategies: ONE,
});
