import {
  AtomicBigInt64,
  AtomicBool,
  AtomicFloat64,
  type AtomicValue,
  LongAdder,
} from "@interlock/threading";
import { dfs } from "../../testing/mod.ts";
import * as bodies from "./bodies/atomics_bodies.ts";
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

interface Options extends Partial<ModelTest<State>> {
  readonly stripes?: number;
}

/** How one of each kind is made, and two of its values. */
const KINDS = {
  // They differ in their upper halves only.
  AtomicBigInt64: [() => new AtomicBigInt64(7n), 7n, 7n + (1n << 32n)],
  AtomicBool: [() => new AtomicBool(), false, true],
  AtomicFloat64: [() => new AtomicFloat64(), 0, 1],
} as const;

function atomicTest(
  kind: keyof typeof KINDS,
  name: string,
  threads: readonly (keyof typeof bodies)[],
  { stripes = 2, ...how }: Options = {},
): void {
  const [make, from, to] = KINDS[kind];
  modelTest<State>(name, {
    module: new URL("./bodies/atomics_bodies.ts", import.meta.url),
    threads,
    setup: () => ({
      atomic: make() as unknown as AtomicValue<string, unknown>,
      values: [from, to],
      adder: new LongAdder({ stripes }),
      marks: words(2),
    }),
    ...how,
  });
}

const all = { strategies: [dfs({ preemptions: Infinity })] };
const timeouts = "explore";

function integerTest(
  name: string,
  threads: readonly (keyof typeof bodies)[],
  how: Options = {},
): void {
  atomicTest("AtomicBigInt64", `AtomicBigInt64: ${name}`, threads, how);
}

/** What is there and what was taken, over what was there at first. */
const grown = ({ atomic, marks }: State) =>
  Number(atomic.load()) - 7 + marks[bodies.TAKEN]!;

integerTest("no addition is lost, however it is made", [
  "add",
  "addBySwaps",
  "update",
], { ...all, final: (state) => grown(state) === 3 });
integerTest("no addition is lost beside who takes all", [
  "add",
  "addBySwaps",
  "take",
], { ...all, final: (state) => grown(state) === 2 });
integerTest("of two that swap the same value one succeeds", ["swap", "swap"], {
  ...all,
  final: ({ marks }) => marks[bodies.TAKEN] === 1,
});
integerTest("a change that all are notified of, against a timeout", [
  "wait",
  "timed",
  "storeAndNotifyAll",
], { timeouts, strategies: SOME });
integerTest("two are woken one by one", [
  "wait",
  "wait",
  "storeAndNotifyTwice",
], { strategies: WIDE });
integerTest("each that is woken wakes the next one", [
  "waitAndNotifyOne",
  "waitAndNotifyOne",
  "storeAndNotifyOne",
], { strategies: ONE });
integerTest("a wait that ends for nothing", ["wait", "storeAndNotifyOne"], {
  faults: { spurious: 1 },
});
integerTest("tasks do not take the wake of the blocked one", [
  "twoTasks",
  "wait",
  "storeAndNotifyOne",
], { timeouts, strategies: ONE });
integerTest("a task whose wait is aborted takes no wake", [
  "abortedAndTask",
  "wait",
  "storeAndNotifyOne",
], { timeouts, strategies: ONE });
integerTest("a task waits, and then its thread", [
  "taskAndBlock",
  "storeAndNotifyOne",
], { timeouts });

// Threads that die: who is left waits for ever only if nothing has changed.

const isUnchanged = ({ atomic, values }: State) => atomic.load() === values[0];
const death = {
  faults: { death: 1 },
  stuck: isUnchanged,
  final: (state: State) =>
    state.marks[bodies.GAVE_UP] === 0 || isUnchanged(state),
} as const;

integerTest("a thread dies at any point", ["wait", "storeAndNotifyOne"], death);
integerTest("one of three threads dies at any point", [
  "patient",
  "patient",
  "storeAndNotifyTwice",
], { ...death, strategies: MANY_DEATHS });
integerTest("one of those who add dies at any point", [
  "add",
  "addBySwaps",
  "update",
], {
  ...death,
  final: (state, { dead }) => grown(state) >= 3 - dead.length,
});
integerTest("a thread dies asleep and swallows the wake of one", [
  "wait",
  "wait",
  "storeAndNotifyOne",
], { ...death, faults: { zombie: 1 }, strategies: ONE });

for (const kind of ["AtomicBool", "AtomicFloat64"] as const) {
  atomicTest(kind, `${kind}: of two that exchange one is first`, [
    "claim",
    "claim",
    "swap",
  ], { ...all, final: ({ marks }) => marks[bodies.TAKEN] === 1 });
  atomicTest(kind, `${kind}: a change against a timeout`, [
    "timed",
    "storeAndNotifyOne",
  ], { timeouts });
}
atomicTest("AtomicBool", "AtomicBool: a task and a thread are woken", [
  "oneTask",
  "wait",
  "storeAndNotifyOne",
], { timeouts, strategies: ONE });
atomicTest("AtomicBool", "AtomicBool: no update is lost", [
  "toggle",
  "toggle",
  "toggle",
], { ...all, final: ({ atomic }) => atomic.load() === true });
atomicTest("AtomicFloat64", "AtomicFloat64: no addition is lost", [
  "addHalf",
  "addHalf",
  "subHalf",
], { ...all, final: ({ atomic }) => atomic.load() === 1.5 });

for (
  const [where, stripes] of [["in one stripe", 1], ["side by side", 2]] as const
) {
  const total = ({ adder, marks }: State) =>
    adder.toNumber() + marks[bodies.TAKEN]!;
  const adderTest = (
    name: string,
    threads: readonly (keyof typeof bodies)[],
    how: Options,
  ) =>
    atomicTest("AtomicBool", `LongAdder, ${where}: ${name}`, threads, {
      stripes,
      ...how,
    });
  adderTest("no addition is lost", ["count", "countTwice", "count"], {
    ...all,
    final: (state) => total(state) === 4,
  });
  adderTest("no addition is lost beside who takes the sum", [
    "count",
    "count",
    "takeSums",
  ], { ...all, final: (state) => total(state) === 2 });
  adderTest("the sum of what grows does not shrink", [
    "count",
    "count",
    "watch",
  ], all);
  adderTest("who dies leaves a sum that is exact", ["count", "count"], {
    faults: { death: 1 },
    final: (state, { dead }) =>
      total(state) <= 2 && total(state) >= 2 - dead.length,
  });
}
