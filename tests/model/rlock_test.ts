import { Lock, RLock } from "@interlock/threading";
import { dfs, pct, random, shared } from "../../testing/mod.ts";
import * as bodies from "./bodies/rlock_bodies.ts";
import { type ModelTest, modelTest, ONE, SOME, words } from "./support.ts";

type State = bodies.State;

type How = Partial<ModelTest<State>>;

function lockTest(
  name: string,
  makeLocks: () => State["locks"],
  threads: readonly (keyof typeof bodies)[],
  how: How = {},
): void {
  modelTest<State>(name, {
    module: new URL("./bodies/rlock_bodies.ts", import.meta.url),
    threads,
    setup: () => ({
      locks: makeLocks(),
      inside: shared(words(1)),
      marks: words(6),
    }),
    ...how,
  });
}

const timeouts = "explore", strategies = ONE;
/** Some executions: of deaths, and of looks, whose order is a choice each time. */
const FEW_DEATHS = [random({ runs: 300 })], FEW = [pct({ runs: 200 })];

for (
  const [kind, fair, how] of [
    ["RLock", false, {}],
    ["fair RLock", true, { slots: 3 }],
  ] as const
) {
  const rlockTest = (
    name: string,
    threads: readonly (keyof typeof bodies)[],
    more: How,
  ) =>
    lockTest(`${kind}: ${name}`, () => [new RLock({ fair })], threads, {
      ...how,
      ...more,
    });

  const final = ({ marks }: State) => marks[bodies.GAVE_UP] === 0;
  const patients = ["patient", "patient", "patient"] as const;

  rlockTest("two threads nest, and exclude each other", ["once", "once"], {
    strategies: fair ? ONE : [dfs()],
  });
  rlockTest("three threads nest, and exclude each other", [
    "once",
    "once",
    "once",
  ], { strategies: FEW });
  rlockTest("a timeout against the wake", ["twice", "timed"], {
    timeouts,
    strategies,
  });
  rlockTest("attempts beside waits", ["once", "attempt", "once"], {
    strategies: FEW,
  });
  rlockTest("a wait that ends for nothing", ["once", "once"], {
    faults: { spurious: 1 },
    strategies,
  });
  rlockTest("a thread dies at any point, also while it nests", [
    "once",
    "once",
  ], { faults: { death: 1 }, strategies: FEW_DEATHS });
  rlockTest("two of three threads die at any point", patients, {
    faults: { death: 2 },
    final,
    strategies: FEW_DEATHS,
  });
  rlockTest("a thread dies asleep and swallows a wake", patients, {
    faults: { zombie: 1 },
    final,
    strategies: FEW_DEATHS,
  });
}
lockTest("RLock: a stranger cannot release it", () => [new RLock()], [
  "twice",
  "releaseForeign",
], { strategies });

// Deadlocks: one thread is told, and then all can go on.

const recheck = true;

/** As many errors as deadlocks: none, or one. */
const oneIsTold = ({ marks }: State) =>
  marks[bodies.ERRORS] === marks[bodies.CLOSED];

const pair = () => [new RLock(), new RLock()];
const ring = () => [new RLock(), new RLock(), new RLock()];

for (
  const [kind, make] of [
    ["RLocks", () => new RLock()],
    ["fair RLocks", () => new RLock({ fair: true })],
    ["Locks that check their owner", () => new Lock({ ownerCheck: true })],
  ] as const
) {
  const two = () => [make(), make()], slots = 2;
  lockTest(
    `Deadlock: one of two threads is told that takes ${kind} in another order`,
    two,
    ["zeroOne", "oneZero"],
    { recheck, slots, final: oneIsTold, strategies: FEW },
  );
  lockTest(
    `Deadlock: one is told, with looks at any time, of ${kind}`,
    two,
    ["zeroOneRestless", "oneZeroRestless"],
    { recheck, slots, final: oneIsTold, timeouts, strategies: FEW },
  );
  lockTest(`No deadlock: ${kind} in order`, two, ["ordered", "ordered"], {
    recheck,
    slots,
    strategies: ONE,
  });
}
lockTest("Deadlock: one of three threads in a circle is told", ring, [
  "zeroOne",
  "oneTwo",
  "twoZero",
], { recheck, final: oneIsTold, strategies: FEW });
lockTest("Deadlock: one of two threads is told, whatever their looks", pair, [
  "zeroOneSurely",
  "oneZeroSurely",
], { recheck, final: oneIsTold, strategies: SOME });
lockTest("Deadlock: one of two threads is told each time", pair, [
  "zeroOneTwice",
  "oneZeroTwice",
], { recheck, final: oneIsTold, strategies: FEW });
lockTest("No deadlock: what a thread said of its wait is out of date", pair, [
  "getsBetween",
  "waitsLong",
  "waitsLater",
], { recheck, strategies: SOME });
lockTest("No deadlock: hand over hand", ring, [
  "handOverHand",
  "handOverHand",
], { recheck });
lockTest("No deadlock: hand over hand, with looks at any time", ring, [
  "handOverHandRestless",
  "handOverHandRestless",
  "handOverHandRestless",
], { recheck, timeouts, strategies: FEW });

const locks = () => [new Lock(), new Lock()];
const owned = () => [
  new Lock({ ownerCheck: true }),
  new Lock({ ownerCheck: true }),
];

lockTest(
  "Deadlock: plain Locks in a circle are reported once, and nobody is thrown out",
  locks,
  ["zeroOneWarned", "oneZeroWarned"],
  {
    recheck,
    strategies: FEW,
    mayHold: true,
    stuck: ({ marks }) =>
      marks[bodies.CLOSED] === 1 && marks[bodies.WARNINGS] === 1,
    final: ({ marks }) => marks[bodies.ERRORS] === 0,
  },
);
lockTest(
  "Deadlock: an RLock and a plain Lock in a circle are reported once",
  () => [new RLock(), new Lock()],
  ["zeroOneWarned", "oneZeroWarned"],
  {
    recheck,
    strategies: FEW,
    mayHold: true,
    stuck: ({ marks }) =>
      marks[bodies.CLOSED] === 1 && marks[bodies.WARNINGS] === 1,
    final: ({ marks }) => marks[bodies.ERRORS] === 0,
  },
);
lockTest(
  "Deadlock: who has a limit to its wait ends it, and nobody is told",
  () => [new RLock(), new RLock()],
  ["zeroOne", "oneZeroPatient"],
  {
    recheck,
    strategies: FEW,
    final: ({ marks }) =>
      marks[bodies.ERRORS] === 0 &&
      marks[bodies.GAVE_UP] === marks[bodies.CLOSED],
  },
);
lockTest(
  "Deadlock: nobody is told where a task awaits",
  owned,
  ["zeroOneAwaited", "oneZero"],
  {
    recheck,
    mayHold: true,
    strategies: FEW,
    stuck: ({ marks }) =>
      marks[bodies.CLOSED] === 1 && marks[bodies.ERRORS] === 0,
    final: ({ marks }) => marks[bodies.ERRORS] === 0,
  },
);
lockTest(
  "Deadlock: one is told where a thread blocks whose task holds a lock",
  owned,
  ["zeroTaskOne", "oneZero"],
  { recheck, final: oneIsTold, strategies: FEW },
);
for (const fair of [false, true]) {
  lockTest(
    `Deadlock: a thread that waits for its own ${
      fair ? "fair " : ""
    }Lock is told at once`,
    () => [new Lock({ ownerCheck: true, fair })],
    ["again"],
    { recheck },
  );
}
lockTest("No deadlock: another thread releases a Lock", locks, [
  "borrow",
  "release",
], { recheck });
lockTest(
  "No deadlock: another thread opens a circle with a Lock in it",
  () => [new RLock(), new Lock(), new RLock()],
  ["openRing", "inRingRestless", "closeRingRestless"],
  { recheck, timeouts, strategies: FEW },
);
