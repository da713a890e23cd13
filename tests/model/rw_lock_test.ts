import { RWLock } from "@interlock/threading";
import { type Ended, shared } from "../../testing/mod.ts";
import * as bodies from "./bodies/rw_lock_bodies.ts";
import {
  MANY_DEATHS,
  type ModelTest,
  modelTest,
  ONE,
  SOME,
  words,
} from "./support.ts";

type State = bodies.State;

function rwTest(
  name: string,
  threads: readonly (keyof typeof bodies)[],
  how: Partial<ModelTest<State>> = {},
): void {
  modelTest<State>(`RWLock: ${name}`, {
    module: new URL("./bodies/rw_lock_bodies.ts", import.meta.url),
    threads,
    setup: () => ({
      rw: new RWLock(),
      pair: shared(words(2)),
      marks: words(3),
    }),
    ...how,
  });
}

const timeouts = "explore", strategies = ONE;

rwTest("a writer and a reader exclude each other", ["write", "read"]);
rwTest("three writers", ["write", "write", "write"], { strategies });
rwTest("two readers and a writer", ["read", "read", "write"], { strategies });
rwTest("a writer among readers that come again", [
  "readTwice",
  "writeTwice",
], { strategies });
rwTest("a reader that a writer holds back gets in when that gives up", [
  "read",
  "timedWrite",
  "read",
], { timeouts, strategies });
rwTest("a writer that gives up leaves another writer's wait as it is", [
  "read",
  "timedWrite",
  "write",
], { timeouts, strategies: SOME });
rwTest("a reader gives up beside writers", ["write", "timedRead", "write"], {
  timeouts,
  strategies: SOME,
});
rwTest("attempts beside waits", ["tryRead", "write", "tryWrite"], {
  strategies,
});
rwTest("waits that end for nothing", ["read", "write", "write"], {
  strategies: SOME,
  faults: { spurious: 1 },
});
rwTest("no writer gets in between when a writer becomes a reader", [
  "downgrade",
  "write",
  "read",
], { strategies });
rwTest("upgradable readers take turns while another reader stays", [
  "upgradableTells",
  "upgradableTells",
  "readBesideTwo",
], { strategies });
rwTest("an upgradable reader that attempts to upgrade", [
  "tryUpgrade",
  "read",
  "write",
], { strategies });
rwTest("an upgrade waits for readers and passes by writers", [
  "upgrade",
  "read",
  "write",
], { strategies });
rwTest("an upgrade goes on when a writer gives up", [
  "upgrade",
  "read",
  "timedWrite",
], { timeouts, strategies });
rwTest("an upgrade that gives up lets readers in", [
  "upgradeSoon",
  "read",
  "timedWrite",
], { timeouts, strategies: SOME });
rwTest("two that upgrade", ["upgrade", "upgradeWhole"], { strategies });
rwTest("tasks that read and write beside a writer", [
  "readAndWriteTask",
  "write",
], { timeouts, strategies });
rwTest("tasks that read and write beside a reader", [
  "readAndWriteTask",
  "readTwice",
], { timeouts, strategies });
rwTest("a task's time is up beside readers", [
  "writeAndTimedWriteTask",
  "read",
], { timeouts, strategies: SOME });
rwTest("a task's time is up, and holds back nobody", [
  "timedWriteTask",
  "read",
  "read",
], { timeouts, strategies: SOME });
rwTest("an abort of a task that holds back readers", [
  "abortedAndReadTask",
  "readTwice",
], { timeouts, strategies });
rwTest("a task that upgrades beside a reader", ["oneUpgradeTask", "read"], {
  strategies,
});
rwTest("a task waits to write, and its thread blocks to read", [
  "readBesideTask",
  "read",
], { timeouts, strategies });
rwTest("a task waits to write, and its thread blocks to write", [
  "writeBesideTask",
  "write",
], { timeouts, strategies });

rwTest("what a task got to write is taken back when its thread blocks", [
  "takeBackWrite",
  "write",
], { timeouts, strategies });
rwTest("what a task got to read is taken back when its thread blocks", [
  "takeBackRead",
  "write",
], { timeouts, strategies });
rwTest("an upgrade that a task got is taken back when its thread blocks", [
  "takeBackUpgrade",
  "read",
], { timeouts, strategies });

// Threads that die. What a writer leaves is recovered; a reader that died, or who had the
// upgradable hold, is in the way of writers for ever.

const stuck = ({ rw }: State, { dead }: Ended) =>
  dead.length > 0 && rw.readers > 0;
const death = { death: 1 };

rwTest("a writer dies at any point, or a reader", ["write", "read"], {
  faults: death,
  stuck,
  strategies,
});
rwTest("one of two writers dies at any point", ["write", "write"], {
  faults: death,
  stuck: () => false,
  strategies,
});
rwTest("who upgrades dies, or a writer", ["upgrade", "write"], {
  faults: death,
  stuck,
  strategies: MANY_DEATHS,
});
rwTest("a thread with tasks dies, or a reader", ["readAndWriteTask", "read"], {
  faults: death,
  stuck,
  strategies: MANY_DEATHS,
});
rwTest("a writer dies asleep, and holds back nobody for good", [
  "patientRead",
  "patientWrite",
  "patientWrite",
], {
  faults: { zombie: 1 },
  final: ({ marks, rw }) => marks[bodies.GAVE_UP] === 0 || rw.readers > 0,
  strategies: MANY_DEATHS,
});
