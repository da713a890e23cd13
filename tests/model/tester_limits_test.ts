// What an adversarial review found in the tester: schedules that it left out, and
// failures that were none.

import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  dfs,
  explore,
  type ExploreOptions,
  linearize,
  type Model,
  shared,
} from "../../testing/mod.ts";
import { Board } from "../../testing/_board.ts";
import { test } from "../support/stage.ts";

const module = new URL("./bodies/tester_bodies.ts", import.meta.url);
const int32 = (length: number) =>
  new Int32Array(new SharedArrayBuffer(4 * length));
const words = () => ({ words: int32(4) });
const everything = dfs({ preemptions: Infinity });
const timeouts = "explore";

async function kindOf<S>(
  threads: string[],
  setup: () => S,
  rest: Partial<Model<S>> = {},
  options: ExploreOptions = {},
): Promise<string> {
  const { failure, complete } = await explore(
    { module, threads, setup, ...rest },
    options,
  );
  return failure?.kind ?? (complete ? "complete" : "incomplete");
}

test("Code that spins and then parks is explored where it parks", async () => {
  for (const body of ["pausesThenParks", "looksThenParks"]) {
    for (const strategy of [dfs(), everything]) {
      const kind = await kindOf([body, body], words, {}, { strategy });
      assertEquals(kind, "lost wake-up", body);
    }
  }
});

test("An await may time out after others have ended, and before it is delivered", async () => {
  const seen = new Set<string>();
  const final = ({ words }: { words: Int32Array }) =>
    void seen.add(`${words[2]} ${words[3]}`);
  const stuck = () => true;
  const model = { final, stuck };
  const threads = ["awaitTwo", "notifyTwo"];
  await kindOf(threads, words, model, { strategy: everything, timeouts });
  assertEquals([...seen].sort(), ["23 0", "31 1", "32 0"]);
});

test("An await that times out by choice moves the clock", async () => {
  const kind = await kindOf(["awaitDeadline"], words, {}, { timeouts });
  assertEquals(kind, "complete");
});

test("The clock may move between two steps of a thread, whatever they touch", async () => {
  for (const strategy of [dfs(), everything]) {
    const seen = new Set<number>();
    const final = ({ words }: { words: Int32Array }) =>
      void seen.add(words[2]!);
    const threads = ["timeOperation", "nap"];
    await kindOf(threads, () => ({ words: int32(8) }), {
      final: ({ words }) => final({ words }),
    }, { strategy, timeouts });
    assert(seen.has(100), [...seen].join());
  }
});

test("Many short rests are no deadlock", async () => {
  assertEquals(await kindOf(["rest150"], words), "complete");
});

test("A thread that polls does not stop the time of others, nor does one that beats", async () => {
  for (
    const threads of [["poll", "setAfterAWhile"], ["beat", "stopBeat"]]
  ) {
    const strategy = dfs({ preemptions: 1 });
    const kind = await kindOf(threads, words, {}, { timeouts, strategy });
    assertEquals(kind, "complete");
  }
});

test("Looking at many words is no livelock, and takes no time", async () => {
  const many = () => ({ words: int32(3000) });
  assertEquals(await kindOf(["scan"], many), "complete");
  const final = ({ words }: { words: Int32Array }) => words[1] === 1;
  const few = () => ({ words: int32(300) });
  const strategy = dfs({ preemptions: 0 });
  const threads = ["napForASecond", "scanThenWake"];
  assertEquals(await kindOf(threads, few, { final }, { strategy }), "complete");
});

test("To be stuck may be right; to be cut off never is", async () => {
  const model = { stuck: () => true };
  const options = { maxSteps: 50 };
  const kind = await kindOf(["addHundredTimes"], words, model, options);
  assertEquals(kind, "livelock");
});

test("Whoever goes first of those whose time is up, nobody is interrupted", async () => {
  const seen = new Set<string>();
  await kindOf(["nap", "nap"], words, {
    final: ({ words }) => void seen.add(`${words[1]}`),
  }, { strategy: dfs({ preemptions: 0 }) });
  assertEquals([...seen], ["2"]);
});

test("What the memory model orders is no data race", async () => {
  const flagged = () => ({
    flags: new Uint8Array(new SharedArrayBuffer(4)),
    data: shared(int32(1)),
  });
  const threads = ["flagFirst", "flagSecond", "seeFirst"];
  assertEquals(await kindOf(threads, flagged), "complete");
  const setup = () => ({ flag: int32(1), data: shared(int32(4)) });
  const stuck = () => true;
  const wake = ["writeThenSleep", "wakeThenWrite"];
  assertEquals(await kindOf(wake, setup, { stuck }), "complete");
  assertEquals(await kindOf(["readFirst", "writeLast"], setup), "complete");
});

test("Words that one thread has for itself are the same in each execution", async () => {
  const threads = ["restPrivately", "restPrivately"];
  assertEquals(await kindOf(threads, words), "complete");
});

test("A thread ends when its function returns: tasks that it leaves behind do not run", async () => {
  const model: Partial<Model<{ words: Int32Array }>> = {
    final: ({ words }) => words[0] === 0,
  };
  assertEquals(await kindOf(["forget", "forget"], words, model), "complete");
});

test("Whatever a body throws is an exception, and so is closing its realm", async () => {
  for (
    const body of [
      "throwNothing",
      "throwCircle",
      "throwUnreadable",
      "closeItself",
    ]
  ) {
    const kind = await kindOf([body], words);
    assertEquals(kind, "exception", body);
  }
});

test("A record that is full has room for what went wrong", () => {
  const board = new Board(Board.allocate(1, 8));
  while (board.write("x".repeat(100_000)));
  const failure = JSON.stringify({ failure: "y".repeat(100_000) });
  assert(board.write(failure, true));
  assertEquals(board.lines().at(-1), failure);
});

test("A check that throws, or that is async, fails", async () => {
  const promise = async () => {
    await null;
    return false;
  };
  assertEquals(await kindOf(["set"], words, { final: promise }), "final");
  assertEquals(
    await kindOf(["set"], words, { invariant: promise }),
    "invariant",
  );
  const stuck = () => {
    throw new Error("mine");
  };
  assertEquals(await kindOf(["sleeper"], words, { stuck }), "final");
});

test("Memory that grows, and a state that is part of itself, are refused", async () => {
  const circle: { itself?: unknown } = {};
  circle.itself = circle;
  await assertRejects(
    () => explore({ module, threads: ["set"], setup: () => circle }),
    TypeError,
    "'state.itself': it is part of itself",
  );
  const buffer = new SharedArrayBuffer(4, { maxByteLength: 8 });
  await assertRejects(
    () => explore({ module, threads: ["set"], setup: () => ({ buffer }) }),
    TypeError,
    "'state.buffer': its memory must not be growable",
  );
});

test("Arguments of any kind reach an operation, and the model", async () => {
  const found = await linearize({
    object: () => ({ words: int32(1) }),
    module: new URL("./bodies/linearize_bodies.ts", import.meta.url),
    operations: {
      show: (chance) => [
        chance.pick([undefined, NaN, 1n, new Map([[1, 2]]), -0]),
      ],
    },
    model: {
      state: () => null,
      operations: { show: (_, value: unknown) => value },
    },
    scenarios: 3,
  });
  found.assertOk();
});
