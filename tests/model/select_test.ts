import { Channel, codecs } from "@interlock/threading";
import { dfs, pct, random } from "../../testing/mod.ts";
import * as bodies from "./bodies/select_bodies.ts";
import { type ModelTest, modelTest, ONE, words } from "./support.ts";

type State = bodies.State;

/** Some executions of what has very many: an item is several steps in a section. */
const FEW = [pct({ runs: 150 })], DEATHS = [random({ runs: 150 })];

const { CLOSED, GAVE_UP, GOT, SENT } = bodies;

interface Options extends Partial<ModelTest<State>> {
  /** How many items each channel keeps; none if left out. */
  readonly keeps?: number;
}

/** What was sent was received, and nothing else. */
const exchanged = ({ marks }: State) => marks[SENT] === marks[GOT];
/** Who is left waits for one who gave up. */
const deserted = (state: State) => state.marks[GAVE_UP]! > 0;

function selectTest(
  name: string,
  threads: readonly (keyof typeof bodies)[],
  { keeps = 0, ...how }: Options = {},
): void {
  const options = { maxSize: keeps, codec: codecs.int32, capacity: 96 };
  modelTest<State>(`select: ${name}`, {
    module: new URL("./bodies/select_bodies.ts", import.meta.url),
    threads,
    setup: () => ({
      a: new Channel<number>(options),
      b: new Channel<number>(options),
      marks: words(4),
    }),
    final: exchanged,
    timeouts: "explore",
    strategies: ONE,
    roster: true,
    slots: 3,
    ...how,
  });
}

for (const receiver of ["receiveEither", "taskReceiveEither"] as const) {
  selectTest(`${receiver} meets a send`, [receiver, "sendB"]);
}
for (const sender of ["sendEither", "taskSendEither"] as const) {
  selectTest(`${sender} meets a receive`, [sender, "receiveB"]);
}
selectTest("two selects meet", ["sendSelected", "receiveSelected"], {
  strategies: [dfs()],
});
selectTest("one that sends to either meets one that receives from one", [
  "sendEither",
  "receiveFromB",
]);
selectTest("one that sends to either meets one that receives from either", [
  "sendEither",
  "receiveEither",
]);
selectTest("two send to either, two receive", [
  "sendEither",
  "sendEitherToo",
  "receiveFromB",
  "receiveSelected",
], { strategies: FEW });
selectTest("two that send and receive crosswise meet", ["forth", "back"], {
  strategies: [dfs()],
});
selectTest("tasks of one thread meet", ["tasksMeet"]);
selectTest("a thread does not meet itself", ["timedSelf"], {
  final: ({ marks }) => marks[GAVE_UP] === 1,
});
selectTest("two that send and receive at one channel meet", [
  "self",
  "otherSelf",
]);
selectTest("one channel in two arms", ["twice", "sendA"]);
selectTest("both channels become ready, and one item stays", [
  "receiveEither",
  "sendA",
  "timedReceiveB",
  "sendB",
], { strategies: FEW, stuck: deserted });
selectTest("a timeout against a send", ["timedReceiveEither", "sendB"], {
  stuck: deserted,
});
selectTest("a task's timeout against a send", ["timedTaskReceive", "sendB"], {
  stuck: deserted,
});
selectTest("a timeout against a receive", ["timedSendEither", "receiveB"], {
  stuck: deserted,
});
selectTest("an abort against a receive", ["abortedSendEither", "receiveB"], {
  stuck: deserted,
});
selectTest("a timeout against another select", [
  "timedSendEither",
  "receiveFromB",
], { stuck: deserted });
selectTest("two timeouts", ["timedSendEither", "timedReceiveEither"]);
selectTest("a send gives up against a select", [
  "timedSendA",
  "receiveEither",
], { stuck: deserted });
selectTest("an attempt", ["trySelectEither", "timedSendA"]);
selectTest("close against one that receives", ["receiveEither", "close"], {
  final: ({ marks }) => marks[CLOSED] === 1,
});
selectTest("close against one that sends", ["sendEither", "close"], {
  final: ({ marks }) => marks[CLOSED] === 1 && marks[SENT] === 0,
});
selectTest("close against two that meet", [
  "sendEither",
  "receiveEither",
  "close",
], { strategies: FEW });

const keeps = { keeps: 1 };
selectTest("with room for one: both become ready", [
  "receiveEither",
  "trySendBoth",
], {
  ...keeps,
  final: ({ marks }) => marks[SENT] === (512 | 1024) && marks[GOT] !== 0,
});
selectTest("with room for one: two send to either, one receives all", [
  "sendEither",
  "sendEitherToo",
  "receiveBoth",
], { ...keeps, strategies: FEW, stuck: ({ marks }) => marks[SENT] !== 0 });
selectTest("with room for one: a timeout against a send", [
  "timedReceiveEither",
  "sendB",
], { ...keeps, final: ({ marks }) => (marks[GOT]! & ~marks[SENT]!) === 0 });

// Threads that die: who is left finds the channels usable.

const death = {
  timeouts: "virtual",
  faults: { death: 1 },
  strategies: DEATHS,
} as const;
for (const n of [0, 1]) {
  const how = { ...death, keeps: n };
  const what = n === 0 ? "" : "with room for one: ";
  selectTest(`${what}one that selects dies, or one that sends`, [
    "patientReceiveEither",
    "patientSendA",
  ], { ...how, final: () => true });
  selectTest(`${what}of two that select and one that receives one dies`, [
    "patientSendEither",
    "patientReceiveEither",
    "patientReceiveB",
  ], {
    ...how,
    // A living sender has met one of them.
    final: ({ marks }, { dead }) => dead.includes(0) || marks[SENT] !== 0,
  });
}
