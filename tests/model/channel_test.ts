import { Channel, codecs } from "@interlock/threading";
import { dfs, pct, random } from "../../testing/mod.ts";
import * as bodies from "./bodies/channel_bodies.ts";
import { type ModelTest, modelTest, ONE, words } from "./support.ts";

type State = bodies.State;

/** Some executions of what has very many: an item is several steps in a section. */
const FEW = [pct({ runs: 150 })], DEATHS = [random({ runs: 120 })];

const { CLOSED, GAVE_UP, GOT, SENT } = bodies;

interface Options extends Partial<ModelTest<State>> {
  /** How many items the channel keeps; none if left out. */
  readonly keeps?: number;
  /** How many items there is room for, offers included; four if left out. */
  readonly cells?: number;
}

/** What was sent was received, and nothing else. */
const exchanged = ({ marks }: State) => marks[SENT] === marks[GOT];
/** Who is left waits for one who gave up. */
const deserted = (state: State) => state.marks[GAVE_UP]! > 0;

function channelTest(
  name: string,
  threads: readonly (keyof typeof bodies)[],
  { keeps = 0, cells = 4, ...how }: Options = {},
): void {
  modelTest<State>(`Channel: ${name}`, {
    module: new URL("./bodies/channel_bodies.ts", import.meta.url),
    threads,
    setup: () => ({
      channel: new Channel<number>({
        maxSize: keeps,
        codec: codecs.int32,
        capacity: cells * 24,
      }),
      marks: words(4),
    }),
    final: exchanged,
    timeouts: "explore",
    strategies: ONE,
    slots: 3,
    ...how,
  });
}

channelTest("a send and a receive meet", ["send1", "receive"], {
  strategies: [dfs()],
});
channelTest("two sends and two receives meet, in order", [
  "sendBoth",
  "receiveBoth",
]);
for (
  const threads of [
    ["send1", "timedReceive"],
    ["taskSend1", "abortedReceive"],
    ["timedSend1", "receive"],
    ["abortedSend", "taskReceive"],
  ] as const
) {
  const name = `a wait that gives up: ${threads.join(" against ")}`;
  channelTest(name, threads, { stuck: deserted });
}
channelTest("both give up", ["timedSend1", "timedReceive"]);
channelTest("an attempt to send against a receive that gives up", [
  "trySend2",
  "timedReceive",
]);
channelTest("an attempt to receive against a send that gives up", [
  "timedSend1",
  "tryReceive",
]);
channelTest("an attempt to send beside a send", [
  "trySend2",
  "timedSend1",
  "timedReceive",
], { strategies: FEW });
channelTest("an attempt to receive beside a receive", [
  "tryReceive",
  "timedSend1",
  "timedReceive",
], { strategies: FEW });
channelTest("two send, two receive", [
  "send1",
  "send2",
  "receive",
  "receive",
], { strategies: FEW });
channelTest("two send, of two that receive one gives up", [
  "send1",
  "send2",
  "receive",
  "timedReceive",
], { strategies: FEW, stuck: deserted });
channelTest("of two that send one gives up, two receive", [
  "send1",
  "timedSend2",
  "receive",
  "receive",
], { strategies: FEW, stuck: deserted });
channelTest("two send with room for one offer", [
  "send1",
  "send2",
  "receiveBoth",
], { cells: 1, strategies: FEW });
channelTest("of two that send with room for one offer one gives up", [
  "send1",
  "timedSend2",
  "receiveBoth",
], { cells: 1, strategies: FEW, stuck: deserted });
channelTest("a thread meets itself", ["bothTasks"]);
channelTest("two tasks send", ["tasksSend", "receiveBoth"]);
channelTest("two tasks receive", ["tasksReceive", "sendBoth"]);
channelTest("of two tasks that send one gives up", [
  "timedTaskSend",
  "receiveBoth",
], { stuck: deserted });
channelTest("of two tasks that receive one gives up", [
  "timedTaskReceive",
  "sendBoth",
], { stuck: deserted });
channelTest("close against a send", ["send1", "close"], {
  final: ({ marks }) => marks[CLOSED] === 1 && marks[SENT] === 0,
});
channelTest("what is offered cannot be received after close", [
  "send1",
  "closeAndReceive",
], {
  final: ({ marks }) => marks[CLOSED] === 2 && marks[SENT] === 0,
});
channelTest("close against a receive", ["receive", "close"], {
  final: ({ marks }) => marks[CLOSED] === 1,
});
channelTest("close against a send that gives up", ["timedSend1", "close"], {
  final: ({ marks }) => marks[SENT] === 0,
});
channelTest("close against a send and a receive", [
  "send1",
  "receive",
  "close",
], { strategies: FEW });
channelTest("close against tasks that send and receive", [
  "tasksSend",
  "taskReceive",
  "close",
], { strategies: FEW });
channelTest("a loop ends with the channel", ["sendAndClose", "drain"]);

const one = { keeps: 1 };
channelTest("with room for one: two sends, two receives", [
  "sendBoth",
  "receiveBoth",
], one);
channelTest("with room for one: two send, and close against a loop", [
  "send2",
  "sendAndClose",
  "drain",
], { ...one, strategies: FEW });
channelTest("with room for one: a send and a receive that give up", [
  "send1",
  "timedSend2",
  "timedReceive",
], { ...one, strategies: FEW, final: () => true, stuck: deserted });
channelTest("with room for one: attempts beside waits", [
  "trySend2",
  "send1",
  "receive",
], { ...one, strategies: FEW, final: ({ marks }) => marks[GOT]! !== 0 });

// Threads that die: who is left finds the channel usable.

/** Nothing was received that was not sent, or about to be; whoever could meet has met. */
const death = {
  timeouts: "virtual",
  faults: { death: 1 },
} as const;
for (const keeps of [0, 1]) {
  const how = { ...death, keeps };
  const what = keeps === 0 ? "" : "with room for one: ";
  channelTest(`${what}a thread dies while it sends, or receives`, [
    "patientSend1",
    "patientReceive",
  ], {
    ...how,
    strategies: DEATHS,
    final: () => true,
  });
  channelTest(`${what}of two that send and one that receives one dies`, [
    "patientSend1",
    "patientSend2",
    "patientReceiveBoth",
  ], {
    ...how,
    strategies: DEATHS,
    // A living sender and a living receiver have met.
    final: ({ marks }, { dead }) =>
      dead.includes(2) || (marks[SENT]! & ~marks[GOT]!) === 0,
  });
  channelTest(`${what}of one that sends and two that receive one dies`, [
    "patientSendBoth",
    "patientReceive",
    "patientReceive",
  ], {
    ...how,
    strategies: DEATHS,
    final: ({ marks }, { dead }) => dead.includes(0) || marks[GOT] !== 0,
  });
}
channelTest("a thread dies asleep", ["send1", "send2", "receiveBoth"], {
  timeouts: "virtual",
  faults: { zombie: 1 },
  strategies: DEATHS,
  final: () => true,
  stuck: (_, { dead }) => dead.length > 0,
});
