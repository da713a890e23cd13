import { Event } from "@interlock/threading";
import { shared } from "../../testing/mod.ts";
import * as bodies from "./bodies/event_bodies.ts";
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

function eventTest(
  name: string,
  threads: readonly (keyof typeof bodies)[],
  how: Partial<ModelTest<State>> = {},
): void {
  modelTest<State>(`Event: ${name}`, {
    module: new URL("./bodies/event_bodies.ts", import.meta.url),
    threads,
    setup: () => ({
      event: new Event(),
      news: shared(words(1)),
      marks: words(2),
    }),
    timeouts: "explore",
    ...how,
  });
}

eventTest("two threads pass, and see what was written before", [
  "read",
  "read",
  "write",
], { strategies: WIDE });
eventTest("set, cleared and set again against two waits", [
  "wait",
  "wait",
  "setAgain",
], { strategies: ONE });
for (const waiter of ["wait", "oneTask"] as const) {
  eventTest(`a pulse reaches who sleeps: ${waiter}`, [waiter, "pulse"], {
    stuck: ({ marks }) => marks[bodies.SLEPT] === 0,
  });
}
eventTest("a pulse against two timeouts", ["timed", "timed", "pulse"], {
  strategies: SOME,
});
eventTest("who passed clears it", ["waitAndClear", "set"]);
eventTest("two that pass clear it", ["waitAndClear", "waitAndClear", "set"], {
  strategies: ONE,
  stuck: ({ event }) => !event.isSet,
});
eventTest("two threads set, one clears", ["wait", "setAgain", "set"], {
  strategies: WIDE,
});
eventTest("a wait that ends for nothing", ["wait", "setAgain"], {
  faults: { spurious: 1 },
});
eventTest("two tasks and a thread", ["twoTasks", "wait", "setAgain"], {
  strategies: ONE,
});
eventTest("an abort of a task's wait beside another task's", [
  "abortedAndTask",
  "setAgain",
]);
eventTest("a task waits, and then its thread", ["taskAndBlock", "setAgain"]);

// Threads that die: who is left waits for ever only if nobody has set the flag.

const unset = ({ event }: State) => !event.isSet;
const death = {
  faults: { death: 1 },
  timeouts: "virtual",
  stuck: unset,
  final: (state: State) => state.marks[bodies.GAVE_UP] === 0 || unset(state),
} as const;

eventTest("a thread dies at any point", ["wait", "set"], death);
eventTest("a thread dies while it sets again, or the other one", [
  "wait",
  "setAgain",
], { ...death, strategies: ONE });
eventTest("one of three threads dies at any point", [
  "patient",
  "patient",
  "set",
], { ...death, strategies: MANY_DEATHS });
eventTest("a thread with tasks dies, or the other one", [
  "twoTasks",
  "set",
], death);
eventTest("a thread dies asleep", ["wait", "wait", "set"], {
  ...death,
  faults: { zombie: 1 },
  strategies: ONE,
});
