import { Lock } from "@interlock/threading";
import { dfs, shared } from "../../testing/mod.ts";
import * as bodies from "./bodies/lock_bodies.ts";
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
  readonly ownerCheck?: boolean;
}

function lockTest(
  name: string,
  threads: readonly (keyof typeof bodies)[],
  { fair = false, ownerCheck = false, ...how }: Options = {},
): void {
  modelTest<State>(name, {
    module: new URL("./bodies/lock_bodies.ts", import.meta.url),
    threads,
    setup: () => ({
      lock: new Lock({ fair, ownerCheck }),
      inside: shared(words(1)),
      marks: words(4),
    }),
    ...how,
  });
}

const timeouts = "explore";

lockTest("Lock: three threads exclude each other", ["once", "once", "once"]);
lockTest(
  "Lock: tasks of a thread take turns with another thread, interrupted twice",
  [
    "twoTasks",
    "once",
  ],
  { timeouts },
);
lockTest("Lock: two threads exclude each other, again and again", [
  "twice",
  "twice",
], { strategies: [dfs({ preemptions: 4 })] });
lockTest("Lock: all schedules of two threads, to the last", ["once", "once"], {
  strategies: [dfs({ preemptions: Infinity })],
});

for (
  const [kind, how] of [
    ["Lock", {}],
    ["fair Lock", { fair: true, slots: 3 }],
    ["fair Lock with one slot", { fair: true, slots: 1 }],
  ] as const
) {
  const fair = kind !== "Lock", few = kind === "fair Lock with one slot";

  if (fair) {
    lockTest(`${kind}: three threads exclude each other`, [
      "once",
      "once",
      "once",
    ], { ...how, strategies: WIDE });
  }
  lockTest(`${kind}: a timeout against the wake`, ["twice", "timed", "once"], {
    ...how,
    timeouts,
    strategies: ONE,
  });
  lockTest(`${kind}: tasks of a thread take turns with another thread`, [
    "twoTasks",
    "once",
  ], { ...how, timeouts, strategies: ONE });
  lockTest(`${kind}: an abort of a task against the wake`, [
    "abortedAndTask",
    "once",
  ], { ...how, timeouts, strategies: ONE });
  lockTest(
    `${kind}: what was handed to a task is taken back when its thread blocks`,
    [
      "takeBack",
      "once",
    ],
    { ...how, timeouts, strategies: ONE },
  );
  if (few) continue;

  lockTest(
    `${kind} that checks its owner: what was handed to a task is taken back`,
    ["takeBack", "once"],
    { ...how, ownerCheck: true, timeouts, strategies: ONE },
  );

  lockTest(`${kind}: a task and a thread, with a timeout each`, [
    "oneTimedTask",
    "timed",
    "once",
  ], { ...how, timeouts, strategies: SOME });
  lockTest(`${kind}: a timeout of a task against the wake`, [
    "timedAndTask",
    "once",
  ], { ...how, timeouts, strategies: ONE });
  lockTest(`${kind}: an attempt beside waits`, ["once", "timed", "attempt"], {
    ...how,
    timeouts,
    strategies: ONE,
  });
  lockTest(`${kind}: a wait that ends for nothing`, ["once", "once", "once"], {
    ...how,
    strategies: ONE,
    faults: { spurious: 1 },
  });
  lockTest(`${kind}: another thread releases`, [
    "lend",
    "releaseLent",
    "once",
  ], { ...how, strategies: ONE });
  lockTest(
    `${kind}: another thread ends a task's hold, and the task's thread may block`,
    [
      "lendAndBlock",
      "releaseLentAndTell",
    ],
    how,
  );
  lockTest(`${kind}: tasks of two threads take turns`, [
    "twoTasks",
    "oneTask",
  ], { ...how, timeouts, strategies: ONE });
  lockTest(`${kind}: what was handed over twice is taken back twice`, [
    "takeBackTwo",
    "once",
  ], { ...how, timeouts, strategies: fair ? NONE : ONE });
  lockTest(`${kind}: what was handed over is taken back, and the time is up`, [
    "takeBackTimed",
    "once",
  ], { ...how, timeouts, strategies: fair ? NONE : ONE });
  lockTest(
    `${kind}: what was handed over is taken back, beside a task that waits`,
    [
      "takeBack",
      "oneTask",
    ],
    { ...how, timeouts, strategies: ONE },
  );
}

lockTest(
  "Lock: to block soon after a hand-over is an error, or takes it back",
  [
    "blockSoon",
  ],
);
lockTest(
  "fair Lock: an attempt succeeds if nobody holds it, whoever gives up",
  [
    "holdOnce",
    "timed",
    "attemptLater",
  ],
  {
    fair: true,
    slots: 2,
    timeouts,
    strategies: ONE,
    final: ({ marks }) =>
      marks[bodies.GAVE_UP] === 0 || marks[bodies.REFUSED] === 0,
  },
);

// Threads that die: what they held is recovered, and nobody waits for ever.

const everybodyGot = ({ marks }: State) => marks[bodies.GAVE_UP] === 0;

for (
  const [kind, how] of [
    ["Lock", {}],
    ["fair Lock", { fair: true, slots: 3 }],
    ["fair Lock with one slot", { fair: true, slots: 1 }],
  ] as const
) {
  const fair = kind !== "Lock", faults = { death: 1 };
  lockTest(`${kind}: a thread dies at any point`, ["once", "once"], {
    ...how,
    faults,
    strategies: fair ? ONE : [dfs()],
  });
  lockTest(`${kind}: one of three threads dies at any point`, [
    "patient",
    "patient",
    "patient",
  ], { ...how, faults, final: everybodyGot, strategies: MANY_DEATHS });
  lockTest(`${kind}: a thread with tasks dies at any point, or the other one`, [
    "twoTasks",
    "once",
  ], { ...how, faults, strategies: fair ? MANY_DEATHS : ONE });
  lockTest(`${kind}: a thread dies while it takes back, or the other one`, [
    "takeBack",
    "once",
  ], { ...how, faults, strategies: fair ? MANY_DEATHS : NONE });
  lockTest(`${kind}: a thread dies asleep and swallows a wake`, [
    "patient",
    "patient",
    "patient",
  ], {
    ...how,
    faults: { zombie: 1 },
    final: everybodyGot,
    strategies: fair ? MANY_DEATHS : ONE,
  });
}
