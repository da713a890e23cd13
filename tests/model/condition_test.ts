import { Condition, Lock, RLock } from "@interlock/threading";
import { type Ended, pct, random, shared } from "../../testing/mod.ts";
import { ABANDONED, ID_MASK } from "../../primitives/_thread_id.ts";
import * as bodies from "./bodies/condition_bodies.ts";
import { wordOf } from "./bodies/tasks.ts";
import {
  isDead,
  type ModelTest,
  modelTest,
  NONE,
  ONE,
  words,
} from "./support.ts";

type State = bodies.State;

/** Some executions; what they must find they find in the first hundred. */
const FEW = [pct({ runs: 150 })], FEW_DEATHS = [random({ runs: 150 })];

interface Options extends Partial<ModelTest<State>> {
  readonly lock?: () => Lock | RLock;
}

function conditionTest(
  name: string,
  threads: readonly (keyof typeof bodies)[],
  { lock = () => new Lock(), ...how }: Options = {},
): void {
  modelTest<State>(`Condition: ${name}`, {
    module: new URL("./bodies/condition_bodies.ts", import.meta.url),
    threads,
    setup: () => ({
      condition: new Condition(lock()),
      guarded: shared(words(10)),
      ids: shared(words(2)),
    }),
    timeouts: "explore",
    ...how,
  });
}

// Who waits until it is notified may wait for ever: it came later, or there were more.
const counted = { stuck: bodies.allReached, final: bodies.allReached } as const;
/** No slot at all: all waiters are too many. */
const overflow = { ...counted, slots: 0 } as const;

conditionTest("a wait against a notification", ["once", "notifyOne"], counted);
conditionTest("two waits, one after the other, against two notifications", [
  "twice",
  "notifyTwice",
], { ...counted, strategies: FEW });
conditionTest("one notification leaves one of two waiters, for ever", [
  "once",
  "once",
  "notifyOne",
], { ...counted, final: () => false, strategies: FEW });
conditionTest("a notification of all reaches two waiters, once", [
  "once",
  "twice",
  "notifyAllTwice",
], { ...counted, strategies: FEW });
conditionTest("a timeout against the notification of one of two waiters", [
  "timed",
  "once",
  "notifyOne",
], { ...counted, strategies: FEW });
conditionTest("a timeout against a notification", ["timed", "notifyOne"], {
  ...counted,
  strategies: ONE,
});
conditionTest("a wait of no time beside another one", [
  "poll",
  "once",
  "notifyOne",
], { ...counted, strategies: FEW });
conditionTest("a wait that ends for nothing", ["once", "once", "notifyOne"], {
  ...counted,
  faults: { spurious: 1 },
  strategies: FEW,
});
conditionTest("a producer and a consumer with one place", [
  "produce",
  "consume",
], { strategies: ONE });
conditionTest("a producer and two consumers with one place", [
  "produce",
  "consumeOne",
  "consumeOne",
], { strategies: FEW });
conditionTest("an RLock that is held twice is so again after a wait", [
  "nested",
  "nested",
  "goNested",
], { lock: () => new RLock(), strategies: FEW });
conditionTest("over a fair Lock", ["timed", "once", "notifyAll"], {
  ...counted,
  lock: () => new Lock({ fair: true }),
  slots: 3,
  strategies: FEW,
});

conditionTest("two tasks against a notification", ["twoTasks", "notifyOne"], {
  ...counted,
  strategies: ONE,
});
conditionTest("a task with a timeout, another one, and a notification", [
  "timedAndTask",
  "notifyOne",
], { ...counted, strategies: FEW });
conditionTest("an abort against a notification", [
  "abortedAlone",
  "notifyOne",
], { ...counted, strategies: ONE });
conditionTest("an abort against a notification, beside another task", [
  "abortedAndTask",
  "notifyOne",
], { ...counted, strategies: FEW });
conditionTest("a task beside a thread that blocks", [
  "oneTask",
  "once",
  "notifyOne",
], { ...counted, strategies: FEW });
conditionTest("a task notifies another one, or a thread", [
  "taskAndNotifier",
  "timed",
], { ...counted, strategies: FEW });

conditionTest("a waiter without a slot, and a timeout", [
  "timed",
  "once",
  "notifyOne",
], { ...overflow, strategies: FEW });
conditionTest("two waiters without a slot, notified one by one", [
  "once",
  "once",
  "notifyTwice",
], { ...overflow, strategies: FEW });
conditionTest("a waiter with a slot, and one without that has a timeout", [
  "timed",
  "once",
  "notifyTwice",
], { ...counted, slots: 1, strategies: FEW });
conditionTest("who waits again without a slot leaves the others theirs", [
  "timed",
  "twice",
  "notifyAllThenOne",
], { ...overflow, strategies: FEW });
conditionTest("a newcomer without a slot takes no notification of all", [
  "once",
  "twice",
  "notifyAll",
], { ...overflow, faults: { spurious: 1 }, strategies: FEW });
conditionTest("two timeouts without a slot against one notification", [
  "timed",
  "timed",
  "notifyOne",
], { ...overflow, strategies: FEW });
conditionTest("an abort without a slot", ["abortedAndTask", "notifyOne"], {
  ...overflow,
  strategies: FEW,
});

// Threads that die: who is left waits for ever only if nobody was left to notify it.

function lockOf({ condition }: State): number {
  return wordOf(condition.lock, 4);
}
const unnotified = (state: State, ended: Ended) =>
  state.guarded[bodies.GO] === 0 || isDead(lockOf(state), ended);
const death = {
  faults: { death: 1 },
  timeouts: "virtual",
  stuck: unnotified,
} as const;

conditionTest("a thread dies at any point", ["untilGo", "go"], {
  ...death,
  strategies: NONE,
});
for (const [name, slots] of [["", 64], [", without slots", 0]] as const) {
  conditionTest(`one of three threads dies at any point${name}`, [
    "untilGo",
    "untilGo",
    slots > 0 ? "goOneByOne" : "go",
  ], { ...death, slots, strategies: FEW_DEATHS });
}
/** Whoever was notified gets on; who was not may be what was left half done. */
const unmended = (state: State, ended: Ended) =>
  unnotified(state, ended) ||
  (lockOf(state) & ID_MASK) === ABANDONED && state.condition.waiting > 0;
conditionTest("who inherits the lock leaves it to others to mend", [
  "untilGoOrAbandoned",
  "untilGo",
  "go",
], { ...death, stuck: unmended, strategies: [random({ runs: 600 })] });
conditionTest("a thread dies asleep", ["untilGo", "untilGo", "go"], {
  ...death,
  faults: { zombie: 1 },
  strategies: FEW_DEATHS,
});

const known = ({ guarded }: State) => guarded[bodies.KNOWN] === 1;
const spent = (state: State, ended: Ended) =>
  bodies.allReached(state) || !known(state) && ended.dead.length > 0;
conditionTest("no notification is given to who is known to be dead", [
  "named",
  "named",
  "notifyLiving",
], { ...death, stuck: spent, final: spent, strategies: FEW_DEATHS });
