import { Once, OnceCell, type OnError } from "@interlock/threading";
import { shared } from "../../testing/mod.ts";
import * as bodies from "./bodies/once_bodies.ts";
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
  readonly onError?: OnError;
}

function onceTest(
  name: string,
  threads: readonly (keyof typeof bodies)[],
  { onError = "retry", ...how }: Options = {},
): void {
  modelTest<State>(name, {
    module: new URL("./bodies/once_bodies.ts", import.meta.url),
    threads,
    setup: () => ({
      once: new Once({ onError }),
      cell: new OnceCell({ onError, capacity: 8 }),
      value: shared(words(1)),
      marks: words(4),
    }),
    ...how,
  });
}

const timeouts = "explore";

/** One turn ended well, and it is done. */
const final = ({ once, marks }: State) =>
  once.isDone && marks[bodies.ENDED] === 1;
/** That, or nobody was patient enough. */
const finalOrLate = (state: State) =>
  state.marks[bodies.GAVE_UP]! > 0 || final(state);

onceTest("Once: one of three threads runs it, and the others wait", [
  "run",
  "run",
  "run",
], { final, strategies: ONE });
onceTest("Once: two threads run it, and one waits for the end", [
  "run",
  "run",
  "wait",
], { final, strategies: ONE });
onceTest("Once: after a failure another one runs it", ["fail", "run"], {
  final,
});
onceTest("Once: after a failure one of those who wait runs it", [
  "fail",
  "run",
  "wait",
], { final, strategies: ONE });
onceTest("Once: a timeout against the end", ["run", "timed"], {
  final,
  timeouts,
});
onceTest("Once: timeouts against a failure", ["fail", "timed", "timedWait"], {
  final: finalOrLate,
  timeouts,
  strategies: SOME,
});
onceTest("Once: a wait that ends for nothing", ["fail", "run"], {
  final,
  faults: { spurious: 1 },
});
onceTest("Once: two tasks and a thread, one with a timeout", [
  "twoTasks",
  "run",
], { final, timeouts, strategies: ONE });
onceTest("Once: a task of another thread fails to wait", ["fail", "twoTasks"], {
  final: finalOrLate,
  timeouts,
  strategies: ONE,
});
onceTest("Once: an abort of a task against the end, or a failure", [
  "abortedAndTask",
  "fail",
], { final, timeouts, strategies: ONE });
onceTest("Once: a task that waits, one that runs, and a thread", [
  "waitingAndTask",
  "run",
], { final, strategies: ONE });
onceTest(
  "Once: a thread that blocks does not take the turn for its task",
  ["taskAndBlock", "fail", "run"],
  { final, strategies: ONE },
);

// What a failure leads to.

onceTest(
  "poisoned Once: nobody runs it after a failure",
  ["fail", "wary", "waryWait"],
  {
    onError: "poison",
    final: ({ once, marks }) =>
      once.isDone ? marks[bodies.ENDED] === 1 : marks[bodies.TURNS] === 1,
    strategies: ONE,
  },
);
onceTest("poisoned Once: one forces it, others wait for that", [
  "fail",
  "forced",
  "wary",
], { onError: "poison", final, strategies: ONE });
onceTest("poisoned Once: one forces it and fails, and one is told why", [
  "fail",
  "forceFail",
  "wary",
], { onError: "poison", strategies: ONE });
onceTest("replaying Once: all are told the same", ["told", "told"], {
  onError: "replay",
  strategies: ONE,
});

// A cell.

onceTest("OnceCell: an initialiser, a value that is set, and who polls", [
  "get",
  "set",
  "poll",
], { strategies: ONE });
onceTest("OnceCell: two initialisers and a task's", ["get", "get", "getTask"], {
  strategies: ONE,
});

// Threads that die: who is left never hangs, and never do two have the turn.

const death = { faults: { death: 1 }, timeouts: "virtual" } as const;

onceTest("Once: a thread dies at any point, and the other one runs it", [
  "run",
  "run",
], { ...death, strategies: ONE });
onceTest("Once: one of three threads dies at any point", [
  "run",
  "patient",
  "patient",
], {
  ...death,
  final: ({ marks }) => marks[bodies.GAVE_UP] === 0,
  strategies: MANY_DEATHS,
});
onceTest("Once: a thread with tasks dies, or the other one", [
  "oneTask",
  "run",
], { ...death, strategies: ONE });
onceTest("Once: a thread dies after a failure, or who fails", [
  "fail",
  "run",
  "run",
], { ...death, strategies: MANY_DEATHS });
onceTest("Once: a thread dies asleep", ["run", "run", "run"], {
  ...death,
  faults: { zombie: 1 },
  strategies: ONE,
});
onceTest("poisoned Once: a death poisons it, and one forces it", [
  "wary",
  "forced",
], { ...death, onError: "poison", strategies: ONE });
onceTest("OnceCell: a thread dies at any point", ["get", "set", "poll"], {
  ...death,
  strategies: MANY_DEATHS,
});
