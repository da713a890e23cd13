import { Barrier } from "@interlock/threading";
import { type Ended, shared } from "../../testing/mod.ts";
import type * as bodies from "./bodies/barrier_bodies.ts";
import { ACTED, PASSED } from "./bodies/barrier_bodies.ts";
import { wordOf } from "./bodies/tasks.ts";
import {
  MANY_DEATHS,
  type ModelTest,
  modelTest,
  NONE,
  ONE,
  SOME,
  WIDE,
  words,
} from "./support.ts";

type State = bodies.State;

const STATE = 4, FILLING = 0, RESET = 3;

/** What a barrier's word says. */
function phaseOf({ barrier }: State): { count: number; fate: number } {
  const word = wordOf(barrier, STATE);
  const bits = 32 - Math.clz32(barrier.parties);
  return { count: word & (1 << bits) - 1, fate: word >> 27 & 7 };
}

/** Nobody is left in it, and each index has passed as often as the others. */
function isLeft(state: State): boolean {
  const { count, fate } = phaseOf(state), { parties } = state.barrier;
  const passes = state.marks.subarray(PASSED, PASSED + parties);
  return count === 0 && fate !== RESET &&
    passes.every((times) => times === passes[0]);
}

function barrierTest(
  name: string,
  parties: number,
  threads: readonly (keyof typeof bodies)[],
  how: Partial<ModelTest<State>> = {},
): void {
  modelTest<State>(`Barrier: ${name}`, {
    module: new URL("./bodies/barrier_bodies.ts", import.meta.url),
    threads,
    setup: () => ({
      barrier: new Barrier(parties),
      came: shared(words(12)),
      marks: words(6),
    }),
    final: isLeft,
    ...how,
  });
}

const explored = { timeouts: "explore" } as const;

barrierTest("two parties pass round after round", 2, [
  "firstTwice",
  "secondTwice",
]);
barrierTest("three parties pass together", 3, ["first", "second", "third"], {
  strategies: WIDE,
});
barrierTest("three parties pass round after round", 3, [
  "firstTwice",
  "secondTwice",
  "thirdTwice",
], { strategies: SOME });
barrierTest("two parties with one core pass round after round", 2, [
  "firstThrice",
  "secondThrice",
], { cores: 1 });
barrierTest("three parties with one core wake each other", 3, [
  "first",
  "second",
  "third",
], { cores: 1 });
barrierTest(
  "three parties with one core wake each other round after round",
  3,
  [
    "firstTwice",
    "secondTwice",
    "thirdTwice",
  ],
  { cores: 1, strategies: ONE },
);
barrierTest("four parties with one core wake each other", 4, [
  "first",
  "second",
  "third",
  "fourth",
], { cores: 1, strategies: ONE });
barrierTest("a wait that ends for nothing", 3, ["first", "second", "third"], {
  cores: 1,
  strategies: ONE,
  faults: { spurious: 1 },
});

barrierTest("a timeout against the trip", 2, ["timed", "wait"], explored);
barrierTest("two timeouts against the trip", 2, ["timed", "timed"], explored);
barrierTest("timeouts round after round", 2, ["timedTwice", "waitAndTimed"], {
  ...explored,
  strategies: WIDE,
});
barrierTest("an abort against the trip", 2, ["wait", "wait", "abort"], {
  strategies: WIDE,
});
barrierTest("an abort wakes all, also where parties wake each other", 4, [
  "wait",
  "wait",
  "wait",
  "abort",
], { cores: 1, strategies: SOME });
barrierTest("a reset against timeouts and the trip", 2, [
  "timed",
  "timed",
  "reset",
], { ...explored, strategies: WIDE });
barrierTest("an abort and a reset against timeouts and the trip", 2, [
  "timed",
  "timed",
  "abortAndReset",
], { ...explored, strategies: ONE });
barrierTest("who resets and tries again passes, after a reset", 2, [
  "persist",
  "persist",
  "reset",
], { strategies: WIDE });
barrierTest("who resets and tries again passes, after an abort", 2, [
  "persist",
  "persist",
  "abortAndReset",
], { strategies: WIDE });
barrierTest("who resets and tries again passes, with one core", 3, [
  "persist",
  "persist",
  "persist",
  "reset",
], { cores: 1, strategies: SOME });
barrierTest("who resets comes too", 2, ["timed", "timed", "resetAndTimed"], {
  ...explored,
  strategies: SOME,
});
barrierTest("one comes too many", 2, ["timed", "timed", "timed"], {
  ...explored,
  strategies: SOME,
});
barrierTest("four come to a barrier for two", 2, [
  "wait",
  "wait",
  "wait",
  "wait",
], { strategies: SOME });

barrierTest("the action runs alone, before anybody passes", 2, [
  "actTwice",
  "actTwice",
]);
barrierTest("a timeout comes before the action, or not at all", 2, [
  "actTimed",
  "actTimed",
], {
  ...explored,
  final: (state) => isLeft(state) && state.marks[PASSED] === state.marks[ACTED],
});
barrierTest("the action against an abort", 2, ["act", "act", "abort"], {
  strategies: WIDE,
});
barrierTest(
  "the action against a reset",
  2,
  ["actTimed", "actTimed", "reset"],
  {
    ...explored,
    strategies: ONE,
  },
);
barrierTest("the action, and one comes too many", 2, [
  "actTimed",
  "actTimed",
  "actTimed",
], { ...explored, strategies: SOME });
barrierTest("the action throws", 2, ["actAndFail", "actAndFail"]);

barrierTest("two tasks of a thread", 2, ["twoTasks"]);
barrierTest("a task and a thread", 2, ["oneTask", "wait"]);
barrierTest("two tasks of a thread, and another thread, twice", 3, [
  "twoTasksTwice",
  "waitTwice",
]);
barrierTest("a timeout of a task against the trip", 2, [
  "timedTask",
  "wait",
], explored);
barrierTest("timeouts of a task and a thread", 2, [
  "timedTask",
  "timed",
], explored);
barrierTest("a reset against timeouts of a task and a thread", 2, [
  "timedTask",
  "timed",
  "reset",
], { ...explored, strategies: WIDE });
barrierTest("an abort of a task's wait against the trip", 2, [
  "oneAbortedTask",
  "timed",
], explored);
barrierTest("a task, and then its thread", 2, ["taskAndBlock"]);
barrierTest("a task and its thread, and another thread", 3, [
  "taskAndBlock",
  "wait",
]);
barrierTest("tasks and their threads", 4, ["taskAndBlock", "taskAndBlock"], {
  strategies: ONE,
});

// Threads that die. A barrier cannot know who will never come.

/**
 * Survivors rightly wait for ever for who has not arrived. What is lost besides: who
 * dies in the action has arrived, and holds back the others; and who had arrived never
 * leaves a barrier that is reset.
 */
function isMissing(state: State, { waiting }: Ended): boolean {
  const { count, fate } = phaseOf(state);
  return fate === RESET || fate === FILLING && count >= waiting.length;
}

const death = { faults: { death: 1 }, final: () => true };
const zombie = { faults: { zombie: 1 }, final: () => true };

barrierTest("a thread dies at any point", 2, ["firstTwice", "secondTwice"], {
  ...death,
  strategies: ONE,
  stuck: isMissing,
});
barrierTest("one of three threads dies at any point", 3, [
  "patient",
  "patient",
  "patient",
], { ...death, strategies: MANY_DEATHS });
barrierTest("one of three threads with one core dies at any point", 3, [
  "patient",
  "patient",
  "patient",
], { ...death, cores: 1, strategies: MANY_DEATHS });
barrierTest("a thread dies, and another one resets", 2, [
  "wait",
  "patient",
  "reset",
], { ...death, strategies: MANY_DEATHS, stuck: isMissing });
barrierTest("a thread dies, in the action or elsewhere", 2, [
  "act",
  "act",
], { ...death, strategies: ONE, stuck: isMissing });
barrierTest("a thread with tasks dies, or the other one", 3, [
  "twoTasks",
  "wait",
], { ...death, strategies: ONE, stuck: isMissing });
barrierTest("a thread dies asleep and swallows a wake", 3, [
  "first",
  "second",
  "third",
], { ...zombie, strategies: NONE });
barrierTest("a thread with one core dies asleep and swallows a wake", 3, [
  "first",
  "second",
  "third",
], { ...zombie, cores: 1, strategies: ONE });
