// The tester must find what is there, and nothing else.

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Lock, Semaphore } from "@interlock/threading";
import {
  dfs,
  explore,
  type ExploreOptions,
  type FailureKind,
  litmus,
  type Model,
  pct,
  random,
  replay,
  shared,
  type Strategy,
} from "../../testing/mod.ts";
import { Random } from "../../testing/_random.ts";
import { Session } from "../../testing/_session.ts";
import { test } from "../support/stage.ts";
import { type Interpreted, KINDS, LENGTH } from "./bodies/tester_bodies.ts";

const module = new URL("./bodies/tester_bodies.ts", import.meta.url);
const int32 = (length: number) =>
  new Int32Array(new SharedArrayBuffer(4 * length));
const words = () => ({ words: int32(4) });
const everything = dfs({ preemptions: Infinity });
const never = () => false;

/** Explores a model of these bodies. */
function run<S>(
  threads: string[],
  setup: () => S,
  rest: Partial<Model<S>> = {},
  options: ExploreOptions = {},
) {
  return explore<S>({ module, threads, setup, ...rest }, options);
}

/** What a thread of a program does: kind, word, operand. */
type Step = readonly [
  kind: typeof KINDS[number],
  word: number,
  operand: number,
];

/** A fleet that runs programs of data, and gathers how they end. */
class Interpreter {
  readonly #ends: Set<string>;
  readonly #state: Interpreted;
  readonly #session: Session;

  static async start(threads: number, reduce: boolean): Promise<Interpreter> {
    const ends = new Set<string>();
    const state: Interpreted = {
      words: int32(4),
      seen: int32(threads * LENGTH),
      code: int32(threads * LENGTH * 3),
    };
    const add = ({ words, seen }: Interpreted) => ends.add(`${words} ${seen}`);
    const session = await Session.open(
      "interpret",
      {
        module,
        threads: Array.from({ length: threads }, (_, t) => `thread${t}`),
        setup: () => state,
        final: (state) => void add(state),
        stuck: (state) => {
          add(state);
          return true;
        },
      },
      {},
      { reduce: { sleepSets: reduce, local: reduce } },
    );
    return new Interpreter(ends, state, session);
  }

  private constructor(ends: Set<string>, state: Interpreted, session: Session) {
    this.#ends = ends;
    this.#state = state;
    this.#session = session;
  }

  /** All ends of a program: what its words are, what its threads saw. */
  async run(
    code: readonly (readonly Step[])[],
    strategy: Strategy,
  ): Promise<{ ends: string[]; executions: number }> {
    this.#ends.clear();
    this.#session.fleet.change(() => {
      this.#state.code.fill(0);
      code.forEach((steps, t) =>
        steps.forEach(([kind, word, operand], i) =>
          this.#state.code.set(
            [KINDS.indexOf(kind), word, operand],
            (t * LENGTH + i) * 3,
          )
        )
      );
    });
    const { progress, failed } = await this.#session.search(strategy, 60_000);
    assertEquals(failed?.fault, undefined);
    assert(progress.complete);
    return { ends: [...this.#ends].sort(), executions: progress.executions };
  }

  end(): void {
    this.#session.end();
  }
}

/** What the loads of a program see, in all executions. */
async function outcomes(code: readonly (readonly Step[])[]): Promise<string[]> {
  const interpreter = await Interpreter.start(code.length, true);
  try {
    const { ends } = await interpreter.run(code, everything);
    const seen = ends.map((end) => {
      const values = end.split(" ")[1]!.split(",");
      return code.flatMap((steps, t) =>
        steps.flatMap(([kind], i) =>
          kind === "load" ? [values[t * LENGTH + i]] : []
        )
      ).join();
    });
    return [...new Set(seen)].sort();
  } finally {
    interpreter.end();
  }
}

const load = (word: number): Step => ["load", word, 0];
const store = (word: number): Step => ["store", word, 1];

test("Store buffering shows exactly the sequentially consistent outcomes", async () => {
  assertEquals(
    await outcomes([[store(0), load(1)], [store(1), load(0)]]),
    ["0,1", "1,0", "1,1"],
  );
});

test("Message passing shows exactly the sequentially consistent outcomes", async () => {
  assertEquals(
    await outcomes([[store(0), store(1)], [load(1), load(0)]]),
    ["0,0", "0,1", "1,1"],
  );
});

test("Two reads of one word show exactly the sequentially consistent outcomes", async () => {
  assertEquals(await outcomes([[store(0)], [load(0), load(0)]]), [
    "0,0",
    "0,1",
    "1,1",
  ]);
});

test("Independent reads of independent writes show all but the two orders at once", async () => {
  const seen = await outcomes([
    [store(0)],
    [store(1)],
    [load(0), load(1)],
    [load(1), load(0)],
  ]);
  assertEquals(seen.length, 15);
  assert(!seen.includes("1,0,1,0"));
});

test(
  "Three threads in a correct mutex of three states are exhausted",
  async () => {
    const threads = ["mutex", "mutex", "mutex"];
    const setup = () => ({
      state: int32(1),
      inside: int32(1),
      count: int32(1),
    });
    const final = (state: ReturnType<typeof setup>) => state.count[0] === 3;
    const found = await run(threads, setup, { final }, {
      strategy: everything,
      budgetMs: 100_000,
    });
    found.assertOk();
    assert(found.complete);
    console.log(`${found.executions} executions, ${found.steps} steps`);
  },
  120_000,
);

test(
  "What a reduction leaves out shows nothing new: random programs end in the same ways",
  async () => {
    const programs = Number(Deno.env.get("INTERLOCK_STRESS") ?? 1) * 6;
    let all = 0, reduced = 0;
    for (const threads of [2, 3]) {
      const whole = await Interpreter.start(threads, false);
      const part = await Interpreter.start(threads, true);
      try {
        for (let seed = 0; seed < programs; seed++) {
          const random = new Random(seed, threads);
          const code = Array.from(
            { length: threads },
            () =>
              Array.from({ length: threads === 2 ? 4 : 2 }, (): Step => [
                random.pick(KINDS.slice(1)),
                random.int(0, 2),
                random.int(0, 1),
              ]),
          );
          for (const strategy of [everything, dfs({ preemptions: 1 })]) {
            const wanted = await whole.run(code, strategy);
            const found = await part.run(code, strategy);
            assertEquals(
              found.ends,
              wanted.ends,
              JSON.stringify({ seed, code }),
            );
            all += wanted.executions;
            reduced += found.executions;
          }
        }
      } finally {
        whole.end();
        part.end();
      }
    }
    assert(reduced < all * 0.7, `${reduced} of ${all} executions`);
    console.log(`${reduced} of ${all} executions`);
  },
  300_000,
);

/** Fails in this way, and does it again when it is replayed. */
async function mustFail<S>(
  kind: FailureKind,
  model: Model<S>,
  options: ExploreOptions = {},
) {
  const found = await explore(model, options);
  assertEquals(found.failure?.kind, kind, found.failure?.message);
  assertThrows(() => found.assertOk(), Error, kind);
  const again = await replay(found.failure!.schedule, model, options);
  assertEquals(again.failure?.kind, kind);
  assertEquals(again.failure?.message, found.failure?.message);
  return found.failure!;
}

test("A deadlock is told with who waits for whom", async () => {
  const { message, table } = await mustFail("deadlock", {
    module,
    threads: ["first", "second"],
    setup: () => ({ a: new Lock(), b: new Lock() }),
  });
  assert(/Waits-for cycle: T(0 -> T1 -> T0|1 -> T0 -> T1)/.test(message));
  assert(/tester_bodies\.ts:\d+ .*compareExchange a\[4\]: 0 -> 1/.test(table));
});

test("A lost wake-up is named as such", async () => {
  const { message } = await mustFail("lost wake-up", {
    module,
    threads: ["sleeper", "waker"],
    setup: words,
  });
  assert(/after T0 had looked and before it slept/.test(message), message);
});

test("Spinning for what never comes is a livelock, with a pause and without", async () => {
  const threads = ["spin", "spinAndPause"];
  await mustFail("livelock", { module, threads, setup: words });
});

test("A program that goes on and on is a livelock", async () => {
  const model = { module, threads: ["toggle"], setup: words };
  await mustFail("livelock", model, { maxSteps: 200 });
});

test("Spinning for what comes, or until a deadline, is none", async () => {
  for (const body of ["spin", "spinAndPause"]) {
    const found = await run([body, "set"], words);
    found.assertOk();
    assert(found.complete);
  }
  (await run(["spinForAWhile", "spinForAWhile"], words)).assertOk();
});

test("A lock and a permit that are left held are told of, unless that is allowed", async () => {
  const setups: (() => { lock: Lock } | { permits: Semaphore })[] = [
    () => ({ lock: new Lock() }),
    () => ({ permits: new Semaphore(2) }),
  ];
  for (const setup of setups) {
    const model = { module, threads: ["keep"], setup };
    await mustFail("left held", model);
    (await explore(model, { mayHold: true })).assertOk();
  }
});

test("What a body throws, or a task of it, is a failure that has the error", async () => {
  for (const body of ["fail", "failLater", "failAside"]) {
    const { error } = await mustFail("exception", { module, threads: [body] });
    assert(error instanceof RangeError);
    assertEquals(error.message, "mine");
  }
});

test("An invariant is checked after each step, a final check at the end", async () => {
  const model = { module, threads: ["set"], setup: words };
  await mustFail("invariant", { ...model, invariant: (s) => s.words[0] === 0 });
  await mustFail("final", { ...model, final: never });
  const error = new Error("so");
  const failure = await mustFail("final", {
    ...model,
    final: () => {
      throw error;
    },
  });
  assertEquals(failure.error, error);
});

test("State in a module is uncontrolled nondeterminism", async () => {
  const model = { module, threads: ["forgetful", "forgetful"], setup: words };
  const { failure } = await explore(model);
  assertEquals(failure?.kind, "nondeterminism");
  assert(/at choice \d+/.test(failure!.message), failure!.message);
});

test("Random numbers and clocks are the same in every execution", async () => {
  const seen = new Set<string>();
  const model: Model<ReturnType<typeof words>> = {
    module,
    threads: ["chances", "set"],
    setup: () => ({ words: int32(8) }),
    final: ({ words }) => void seen.add(words.slice(1, 5).join()),
  };
  (await explore(model)).assertOk();
  (await explore(model)).assertOk();
  assertEquals(seen.size, 1);
});

test("A timeout fires when nobody can run; explored, also before a wake, and late after one", async () => {
  const seen = async (threads: string[], timeouts: "virtual" | "explore") => {
    const ends = new Set<string>();
    (await run(threads, words, {
      final: ({ words }) =>
        void ends.add(`${words[1]}${words[2]! > 100 ? " late" : ""}`),
    }, { timeouts })).assertOk();
    return [...ends].sort();
  };
  assertEquals(await seen(["nap"], "virtual"), ["2"]);
  assertEquals(await seen(["nap", "wake"], "virtual"), ["1", "2"]);
  const both = ["nap", "wake"];
  assertEquals(await seen(both, "explore"), ["1", "1 late", "2", "2 late"]);
  assertEquals(await seen(["napAsync", "wake"], "explore"), ["1", "2"]);
});

test("A timeout that is no choice does not cut a wait short that a wake could end", async () => {
  // The waker runs whenever it can, so only a wake that came too early leaves the timeout.
  const found = await run(["nap", "wake"], words, {
    final: ({ words }) => words[1] === 1 || words[2] === 100,
  });
  found.assertOk();
});

test("The timers of a thread fire in the order of their time", async () => {
  for (const timeouts of ["virtual", "explore"] as const) {
    (await run(["timers"], words, {
      final: ({ words }) => words[0] === 123,
    }, { timeouts })).assertOk();
  }
});

test("A thread that dies holding a lock strands those who never look again", async () => {
  const { table } = await mustFail("deadlock", {
    module,
    threads: ["section", "section"],
    setup: () => ({ lock: new Lock() }),
  }, { faults: { death: 1 }, recheck: false });
  assert(/\bdies\b/.test(table), table);
});

test("A thread that dies holding a lock is known to be dead by those who look again", async () => {
  const { message } = await mustFail("exception", {
    module,
    threads: ["section", "section"],
    setup: () => ({ lock: new Lock() }),
  }, { faults: { death: 1 } });
  assert(message.includes("AbandonedLockError"), message);
});

test("A zombie takes the wake of a live thread, unless waits retry", async () => {
  const model: Model<{ lock: Lock }> = {
    module,
    threads: ["section", "section", "section"],
    setup: () => ({ lock: new Lock() }),
  };
  const strategy = dfs({ preemptions: 1 });
  const faults = { zombie: 1 };
  const options = { strategy, faults };
  await mustFail("lost wake-up", model, { ...options, recheck: false });
  (await explore(model, options)).assertOk();
});

test("A wait that a spurious wake ends is seen", async () => {
  const model: Model<ReturnType<typeof words>> = {
    module,
    threads: ["nap"],
    setup: words,
    final: ({ words }) => words[1] === 2,
  };
  (await explore(model)).assertOk();
  await mustFail("final", model, { faults: { spurious: 1 } });
});

const published = () => ({ flag: int32(1), data: shared(int32(4)) });

test("Plain accesses that nothing orders are a data race", async () => {
  (await run(["publish", "read"], published)).assertOk();
  (await run(["sleepThenRead", "writeThenWake"], published, {
    stuck: () => true,
  })).assertOk();
  const { message } = await mustFail("data race", {
    module,
    threads: ["publish", "early"],
    setup: published,
  });
  assert(/data\[0\]: a plain .* races with a plain .* by T/.test(message));
});

test("A store that did not read the one before hands nothing on", async () => {
  // T0 publishes, T1 has looked before and overwrites the flag, T2 sees T1's flag only.
  await mustFail("data race", {
    module,
    threads: ["publish", "overwrite", "readAfterTwo"],
    setup: published,
  });
});

test("Methods of a checked view touch what they touch", async () => {
  (await run(["fillHalf", "setOtherHalf"], published)).assertOk();
  const model = { module, threads: ["fillHalf", "sumAll"], setup: published };
  await mustFail("data race", model);
});

test("Every strategy finds a lost wake-up, and its seed decides how", async () => {
  const model = { module, threads: ["sleeper", "waker"], setup: words };
  for (
    const strategy of [
      pct({ depth: 2, runs: 1000, seed: 7 }),
      random({ runs: 1000, seed: 7 }),
      dfs({ preemptions: 1 }),
      everything,
    ]
  ) {
    const found = await explore(model, { strategy });
    const again = await explore(model, { strategy });
    assertEquals(found.failure?.kind, "lost wake-up");
    assertEquals(found.executions, again.executions);
    assertEquals(found.failure?.schedule, again.failure?.schedule);
  }
  (await explore(model, { strategy: dfs({ preemptions: 0 }) })).assertOk();
});

test("A failing schedule of a random strategy is made short", async () => {
  const model: Model<ReturnType<typeof words>> = {
    module,
    threads: ["nap", "set", "set", "wake"],
    setup: words,
    final: ({ words }) => words[1] === 1,
  };
  const { failure } = await explore(model, { strategy: random() });
  const turns = failure!.schedule.slice(3).match(/[a-h]/g)?.length ?? 0;
  assert(turns <= 3, failure!.schedule);
});

test("A search that ends before it is complete says so", async () => {
  const setup = () => ({ state: int32(1), inside: int32(1), count: int32(1) });
  const found = await run(["mutex", "mutex", "mutex"], setup, {}, {
    strategy: everything,
    budgetMs: 200,
  });
  assert(found.ok);
  assert(!found.complete);
  const drawn = await run(["set"], words, {}, { strategy: pct({ runs: 10 }) });
  assertEquals([drawn.executions, drawn.complete], [10, false]);
});

test("Bad arguments are refused by name and value, before a thread is started", async () => {
  const model = { module, threads: ["set"], setup: words };
  const refused = (
    options: ExploreOptions,
    text: string,
    change: object = {},
  ) =>
    assertRejects(() => explore({ ...model, ...change }, options), Error, text);
  await refused({ maxSteps: 0 }, "'maxSteps' must be");
  await refused({ budgetMs: -1 }, "'budgetMs' must be");
  await refused({ timeouts: "x" as "virtual" }, "'timeouts' must be");
  await refused({ faults: { death: -1 } }, "'faults.death' must be");
  await refused({ cores: 0 }, "'cores' must be");
  await refused({}, "'threads' must be", { threads: [] });
  await refused({}, "it exports", { threads: ["nobody"] });
  await refused({}, "'threads[0]' must be", { threads: [() => {}] });
  await refused({}, "Cannot share 'state.x'", {
    setup: () => ({ x: () => {} }),
  });
  class Mine {}
  await refused({}, "an instance of Mine", { setup: () => [new Mine()] });
  await assertRejects(
    () => replay("x", model),
    TypeError,
    "'schedule' must be",
  );
  await assertRejects(
    () => litmus({ module, actors: ["set"], allowed: ["1"], forbidden: ["1"] }),
    TypeError,
    "both allowed and forbidden",
  );
  assertThrows(() => dfs({ preemptions: -1 }), RangeError, "'preemptions'");
  assertThrows(() => pct({ depth: 0 }), RangeError, "'depth'");
  assertThrows(() => random({ runs: 0.5 }), RangeError, "'runs'");
  assertThrows(
    () => shared(new Int32Array(1) as never),
    TypeError,
    "'view' must be",
  );
});

test("A module that does not load is an error, not a hang", async () => {
  const nowhere = new URL("./bodies/nowhere.ts", import.meta.url);
  await assertRejects(() => explore({ module: nowhere, threads: ["set"] }));
});
