import { BoundedSemaphore, Semaphore } from "@interlock/threading";
import { dfs } from "../../testing/mod.ts";
import * as bodies from "./bodies/semaphore_bodies.ts";
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

interface Options extends Partial<ModelTest<State>> {
  readonly fair?: boolean;
  /** The permits at the end; as many as at the beginning if left out. */
  readonly left?: number;
}

function semaphoreTest(
  name: string,
  permits: number,
  threads: readonly (keyof typeof bodies)[],
  { fair = false, left = permits, ...how }: Options = {},
): void {
  modelTest<State>(name, {
    module: new URL("./bodies/semaphore_bodies.ts", import.meta.url),
    threads,
    setup: () => ({
      semaphore: new Semaphore(permits, { fair }),
      most: Math.max(permits, 3 * Number(permits === 0)),
      marks: words(4),
    }),
    final: ({ semaphore }) => semaphore.value === left,
    timeouts: "explore",
    ...how,
  });
}

for (
  const [kind, how] of [
    ["Semaphore", { slots: 3 }],
    ["fair Semaphore", { fair: true, slots: 3 }],
  ] as const
) {
  const fair = kind === "fair Semaphore";
  const one = { ...how, strategies: ONE };

  semaphoreTest(`${kind}: two threads want the only permit`, 1, [
    "one",
    "one",
  ], { ...how, strategies: fair ? [dfs()] : [dfs({ preemptions: 3 })] });
  semaphoreTest(`${kind}: a timeout against the wake`, 1, [
    "timedOne",
    "one",
  ], how);
  semaphoreTest(`${kind}: a timeout against the wake, before another one`, 1, [
    "timedOne",
    "one",
    "one",
  ], one);
  semaphoreTest(`${kind}: an abort against the wake`, 1, [
    "abortedTaskOfOne",
    "one",
  ], how);
  semaphoreTest(`${kind}: three threads want the only permit`, 1, [
    "one",
    "one",
    "one",
  ], one);
  semaphoreTest(`${kind}: one wants both permits, and two want one`, 2, [
    "two",
    "one",
    "one",
  ], { ...how, strategies: WIDE });
  semaphoreTest(
    `${kind}: a wait for both permits times out against the wake`,
    2,
    [
      "timedTwo",
      "one",
      "two",
    ],
    one,
  );
  semaphoreTest(`${kind}: one thread gives what two wait for`, 0, [
    "keepTwo",
    "keepOne",
    "giveThree",
  ], { ...how, left: 0, strategies: fair ? SOME : ONE });
  semaphoreTest(
    `${kind}: who waits for too much times out, and lets the next one in`,
    0,
    [
      "timedTwo",
      "keepOne",
      "giveOne",
    ],
    { ...how, left: 0, strategies: SOME },
  );
  semaphoreTest(
    `${kind}: who waits for too much times out before two others`,
    0,
    [
      "timedTwo",
      "one",
      "one",
      "giveOne",
    ],
    { ...how, left: 1, strategies: SOME },
  );
  semaphoreTest(`${kind}: an attempt beside waits`, 1, [
    "timedOne",
    "one",
    "attempt",
  ], one);
  semaphoreTest(`${kind}: a wait that ends for nothing`, 2, [
    "two",
    "one",
    "one",
  ], {
    ...how,
    timeouts: "virtual",
    faults: { spurious: 1 },
    strategies: fair ? SOME : ONE,
  });

  semaphoreTest(`${kind}: tasks that want two and one, and a thread`, 2, [
    "tasksOfTwoAndOne",
    "one",
  ], one);
  semaphoreTest(`${kind}: tasks that want one and two, and a thread`, 2, [
    "tasksOfOneAndTwo",
    "two",
  ], one);
  semaphoreTest(`${kind}: tasks of two threads take turns`, 1, [
    "tasksOfOne",
    "taskOfOne",
  ], one);
  semaphoreTest(
    `${kind}: a task's wait for two times out against the wake`,
    2,
    [
      "timedTwoAndOne",
      "one",
    ],
    one,
  );
  semaphoreTest(
    `${kind}: a task's wait for too much times out, and holds nobody back`,
    1,
    [
      "timedTaskOfTwo",
      "one",
      "one",
    ],
    { ...how, strategies: SOME },
  );
  semaphoreTest(`${kind}: an abort of a task against the wake`, 2, [
    "abortedTwoAndOne",
    "one",
  ], { ...how, strategies: SOME });
  semaphoreTest(
    `${kind}: a thread hands over to its own task beside another thread`,
    2,
    [
      "handOverTwo",
      "one",
    ],
    one,
  );
  semaphoreTest(
    `${kind}: what was handed to a task is taken back when its thread blocks`,
    1,
    [
      "takeBackOne",
      "one",
    ],
    one,
  );
  semaphoreTest(
    `${kind}: what was handed over is taken back, with nobody else`,
    1,
    [
      "takeBackOne",
    ],
    one,
  );
  semaphoreTest(
    `${kind}: what was handed over is taken back, beside a task that waits`,
    1,
    [
      "takeBackOne",
      "taskOfOne",
    ],
    one,
  );
  semaphoreTest(
    `${kind}: what was handed to tasks that want one and two is taken back`,
    2,
    [
      "takeBackMixed",
      "one",
    ],
    { ...how, strategies: fair ? NONE : ONE },
  );
}

for (
  const [kind, how] of [
    ["Semaphore with one slot", { slots: 1 }],
    ["fair Semaphore with one slot", { fair: true, slots: 1 }],
  ] as const
) {
  semaphoreTest(`${kind}: one wants both permits, and two want one`, 2, [
    "two",
    "one",
    "one",
  ], { ...how, strategies: ONE });
  semaphoreTest(
    `${kind}: a wait for both permits times out against the wake`,
    2,
    [
      "timedTwo",
      "one",
      "two",
    ],
    { ...how, strategies: SOME },
  );
  semaphoreTest(
    `${kind}: a task's wait for two times out against the wake`,
    2,
    [
      "timedTwoAndOne",
      "one",
    ],
    { ...how, strategies: ONE },
  );
  semaphoreTest(
    `${kind}: what was handed to a task is taken back when its thread blocks`,
    1,
    [
      "takeBackOne",
      "one",
    ],
    { ...how, strategies: ONE },
  );
  semaphoreTest(
    `${kind}: what was handed over is taken back, beside a task that waits`,
    1,
    [
      "takeBackOne",
      "taskOfOne",
    ],
    { ...how, strategies: ONE },
  );
  semaphoreTest(
    `${kind}: what was handed to tasks that want one and two is taken back`,
    2,
    [
      "takeBackMixed",
      "one",
    ],
    { ...how, strategies: NONE },
  );
}

modelTest<State>(
  "BoundedSemaphore: of two releases of one permit one is refused",
  {
    module: new URL("./bodies/semaphore_bodies.ts", import.meta.url),
    threads: ["acquireAndGive", "giveTooMany"],
    setup: () => ({
      semaphore: new BoundedSemaphore(1),
      most: 1,
      marks: words(4),
    }),
    strategies: [dfs({ preemptions: Infinity })],
    final: ({ semaphore, marks }) =>
      semaphore.value === 1 && marks[bodies.REFUSED] === 1,
  },
);

// Threads that die: a survivor waits for ever only if the permits that it wants are
// lost with the dead one.

/** So many are not left; as all survivors have given back, the dead one has them. */
function lost(demand: number) {
  return ({ semaphore }: State) => semaphore.value < demand;
}

for (
  const [kind, how] of [
    ["Semaphore", { slots: 3 }],
    ["fair Semaphore", { fair: true, slots: 3 }],
    ["fair Semaphore with one slot", { fair: true, slots: 1 }],
  ] as const
) {
  const fair = kind !== "Semaphore";
  const { GAVE_UP_ONE, GAVE_UP_TWO } = bodies;
  const death = {
    ...how,
    timeouts: "virtual",
    faults: { death: 1 },
    final(state: State) {
      // In order of arrival: who gives up two has held back who gives up one.
      const two = state.marks[GAVE_UP_TWO] === 1;
      const one = state.marks[GAVE_UP_ONE] === 1 && !(two && fair);
      return (!two || lost(2)(state)) && (!one || lost(1)(state));
    },
  } as const;
  semaphoreTest(`${kind}: a thread dies at any point`, 1, ["one", "one"], {
    ...death,
    stuck: lost(1),
    strategies: ONE,
  });
  semaphoreTest(`${kind}: one of three threads dies at any point`, 2, [
    "patientTwo",
    "patientOne",
    "patientOne",
  ], { ...death, strategies: MANY_DEATHS });
  semaphoreTest(
    `${kind}: a thread with tasks dies at any point, or the other one`,
    2,
    [
      "tasksOfTwoAndOne",
      "two",
    ],
    { ...death, stuck: lost(2), strategies: MANY_DEATHS },
  );
  semaphoreTest(
    `${kind}: a thread dies while it takes back, or the other one`,
    1,
    [
      "takeBackOne",
      "one",
    ],
    { ...death, stuck: lost(1), strategies: MANY_DEATHS },
  );
  semaphoreTest(`${kind}: a thread dies asleep and swallows a wake`, 2, [
    "patientTwo",
    "patientOne",
    "patientOne",
  ], { ...death, faults: { zombie: 1 }, strategies: ONE });
}
