import { CancelToken, Latch, Lock, Semaphore } from "@interlock/threading";
import { shared } from "../../testing/mod.ts";
import * as bodies from "./bodies/cancel_token_bodies.ts";
import {
  MANY_DEATHS,
  type ModelTest,
  modelTest,
  ONE,
  SOME,
  words,
} from "./support.ts";

type State = bodies.State;

interface Options extends Partial<ModelTest<State>> {
  readonly fair?: boolean;
}

function tokenTest(
  name: string,
  threads: readonly (keyof typeof bodies)[],
  { fair = false, ...how }: Options = {},
): void {
  modelTest<State>(`CancelToken: ${name}`, {
    module: new URL("./bodies/cancel_token_bodies.ts", import.meta.url),
    threads,
    setup: () => ({
      token: new CancelToken(),
      lock: new Lock({ fair }),
      semaphore: new Semaphore(0, { fair }),
      latch: new Latch(1),
      done: shared(words(1)),
      inside: shared(words(1)),
      marks: words(2),
    }),
    ...how,
  });
}

const timeouts = "explore";

// Waits for the token itself.

tokenTest("one waits, and one until its time is up", [
  "wait",
  "timed",
  "cancel",
], { timeouts, strategies: ONE });
tokenTest("it is cancelled twice", ["wait", "cancel", "cancelToo"], {
  // Who is let pass by the second cancel does not see what came before the first.
  setup: () => ({
    token: new CancelToken(),
    lock: new Lock(),
    semaphore: new Semaphore(0),
    latch: new Latch(1),
    done: words(1).fill(1),
    inside: words(1),
    marks: words(2),
  }),
});
tokenTest("a wait that ends for nothing", ["wait", "cancel"], {
  faults: { spurious: 1 },
});
tokenTest("two tasks, one with a timeout", ["twoTasks", "cancel"], {
  timeouts,
});
tokenTest("an abort of a task's wait beside another task's", [
  "abortedAndTask",
  "cancel",
], { timeouts });
tokenTest("a task waits, and then its thread", ["taskAndBlock", "cancel"], {
  timeouts,
});

const isLive = ({ token }: State) => !token.isCancelled;
const death = {
  faults: { death: 1 },
  stuck: isLive,
  final: (state: State) => state.marks[bodies.GAVE_UP] === 0 || isLive(state),
} as const;
tokenTest("a thread with tasks dies at any point, or the other one", [
  "twoTasks",
  "cancel",
], death);
tokenTest("one of three threads dies at any point", [
  "patient",
  "patient",
  "cancel",
], { ...death, strategies: MANY_DEATHS });

// Waits for something else: a cancel against the wake.

for (const fair of [false, true]) {
  const kind = fair ? "fair " : "";
  const how = { fair, strategies: SOME, slots: 3 };
  const free = ({ lock }: State) => !lock.locked;
  tokenTest(`a ${kind}Lock's wait against a release`, [
    "lockOnce",
    "lockOrCancelled",
    "cancel",
  ], { ...how, strategies: ONE, final: free });
  tokenTest(`a ${kind}Lock's wait takes nobody's wake`, [
    "lockOnce",
    "lockOrCancelled",
    "lockOnce",
    "cancel",
  ], { ...how, final: free });
  tokenTest(`a ${kind}Lock's await, beside another task's`, [
    "lockTasks",
    "lockOnce",
    "cancel",
  ], { ...how, final: free });

  const one = ({ semaphore }: State) => semaphore.value === 1;
  tokenTest(`a ${kind}Semaphore's wait against a release`, [
    "takeOrCancelled",
    "release",
    "cancel",
  ], { ...how, strategies: ONE, final: one });
  tokenTest(`a ${kind}Semaphore's wait takes nobody's permit`, [
    "takeOrCancelled",
    "take",
    "release",
    "cancel",
  ], { ...how, final: ({ semaphore }) => semaphore.value === 0 });
  tokenTest(`a ${kind}Semaphore's await against a release`, [
    "takeTasks",
    "release",
    "cancel",
  ], { ...how, final: one });
}
tokenTest("a Latch's wait against the last count", [
  "latchOrCancelled",
  "open",
  "cancel",
], { strategies: ONE });
tokenTest("a Latch's await against the last count", [
  "latchTasks",
  "open",
  "cancel",
]);
tokenTest("it ends a wait that nothing else would end", [
  "latchOrCancelled",
  "latchTasks",
  "cancel",
], { strategies: ONE, final: ({ marks }) => marks[bodies.CANCELLED] === 2 });
