import { SpscQueue } from "@interlock/threading";
import { type Ended, shared } from "../../testing/mod.ts";
import * as bodies from "./bodies/spsc_bodies.ts";
import {
  MANY_DEATHS,
  type ModelTest,
  modelTest,
  NONE,
  ONE,
  WIDE,
  words,
} from "./support.ts";

type State = bodies.State;

interface Options extends Partial<ModelTest<State>> {
  readonly capacity?: number;
  /** What was put and taken before, as its words have it. */
  readonly index?: number;
}

/** Words of a queue: what was put, and what was taken, as the other side is told. */
const TAIL = 16, HEAD = 48;

function queueAt(capacity: number, index: number): SpscQueue<"int32"> {
  const queue = new SpscQueue({ type: "int32", capacity });
  const words = new Int32Array(queue.buffer, queue.byteOffset);
  words[TAIL] = words[HEAD] = index << 1;
  return queue;
}

/** What was put was got, or is there still. */
function nothingLost({ queue, marks }: State): boolean {
  const put = marks[bodies.PUT]!, got = marks[bodies.GOT]!;
  let missing = 0;
  for (let item = 1; item < 8; item++) missing += (put & ~got) >> item & 1;
  return (got & ~put) === 0 && missing === queue.size;
}

function spscTest(
  name: string,
  threads: readonly (keyof typeof bodies)[],
  { capacity = 1, index = 0, ...how }: Options = {},
): void {
  modelTest<State>(`SpscQueue: ${name}`, {
    module: new URL("./bodies/spsc_bodies.ts", import.meta.url),
    threads,
    setup: () => ({
      queue: queueAt(capacity, index),
      records: new SpscQueue({ type: "bytes", capacity: 8 }),
      done: shared(words(8)),
      marks: words(2),
    }),
    final: nothingLost,
    timeouts: "explore",
    ...how,
  });
}

spscTest("two items through a ring of one", ["putTwo", "getTwo"]);
spscTest("three items through a ring of two", ["putThree", "getThree"], {
  capacity: 2,
  strategies: WIDE,
});
spscTest("three numbers at a time through a ring of two", [
  "putMany",
  "getInto",
], { capacity: 2, strategies: WIDE });
spscTest("a close against a get", ["putAndClose", "drain"], { capacity: 2 });
spscTest("a close of a ring that was full", ["putAndClose", "drain"], {
  strategies: WIDE,
});
spscTest("indices wrap", ["putTwo", "getTwo"], {
  index: 2 ** 31 - 1,
  strategies: WIDE,
});
spscTest("records", ["putRecords", "getRecords"], {
  strategies: WIDE,
});
spscTest("a timeout of a get against a put", ["putTwo", "timedGets"], {
  capacity: 2,
});
spscTest("a timeout of a put against a get", ["timedPuts", "getOne"], {
  strategies: WIDE,
});
spscTest("a timeout of a put of many", ["timedMany", "getOne"], {
  strategies: WIDE,
});
spscTest("a wait that ends for nothing", ["putTwo", "getTwo"], {
  faults: { spurious: 1 },
  strategies: ONE,
});
spscTest("an abort of a get against a put", ["putOne", "abortedGetTask"]);
spscTest("an abort of a task's get beside another task's", [
  "putTwo",
  "abortedAndGet",
], { strategies: WIDE });
spscTest("an abort of a put against a get", ["abortedPutTask", "getOne"], {
  final: ({ queue }) => queue.size <= 1,
});
spscTest("tasks on both sides", ["putTasks", "getTasks"]);
spscTest("a task gets, and then its thread", ["putTwo", "taskAndBlock"]);

// Threads that die. What a put did not return from may be there or not.

const death = {
  faults: { death: 1 },
  timeouts: "virtual",
  final: (state: State, { dead }: Ended) =>
    dead.length > 0 || nothingLost(state),
} as const;

/** The one who gets lives: what was put is got, and nothing is left. */
const allGot = ({ queue, marks }: State, { dead }: Ended) =>
  dead.includes(1) ||
  (marks[bodies.PUT]! & ~marks[bodies.GOT]!) === 0 && queue.isEmpty;

spscTest("the producer or the consumer dies at any point", [
  "patientPuts",
  "patientGets",
], { ...death, final: allGot, strategies: [...NONE, ...MANY_DEATHS] });
spscTest("a successor of the producer that dies at any point", [
  "patientPuts",
  "patientGets",
  "patientPutMore",
], { ...death, final: allGot, strategies: MANY_DEATHS });
spscTest("a successor of the consumer that dies at any point", [
  "patientPuts",
  "patientGets",
  "patientGets",
], { ...death, strategies: MANY_DEATHS });
spscTest("a thread dies asleep", ["patientPuts", "patientGets"], {
  ...death,
  faults: { zombie: 1 },
  strategies: ONE,
});
