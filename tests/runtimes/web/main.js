// Tests of a page: what goes wrong is an exception, and the server is told of it.
import {
  AbandonedLockError,
  AtomicInt32,
  BrokenExecutorError,
  Event,
  Lock,
  Queue,
  task,
  Thread,
  ThreadPoolExecutor,
  Timer,
  WouldBlockError,
} from "@interlock/threading";
import {
  consume,
  count,
  end,
  fail,
  hold,
  nest,
  nested,
  square,
  worker,
} from "./tasks.js";

const run = (task, ...args) => new Thread(task, args, { worker }).start();

function assert(condition, what) {
  if (!condition) throw new Error(what);
}

async function thrown(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
}

const TESTS = {
  async "threads count under a lock"() {
    const lock = new Lock(), total = new AtomicInt32();
    const threads = [run(count, lock, total), run(count, lock, total)];
    for (let i = 0; i < 1000; i++) {
      await lock.runAsync(() => total.store(total.load() + 1));
    }
    for (const thread of threads) {
      assert(await thread.resultAsync(20_000) === thread.name, "name");
    }
    assert(total.load() === 3000, `${total}`);
  },
  async "threads start threads"() {
    assert(await run(nest, 2).resultAsync(30_000) === 2, "2");
  },
  async "an error arrives with its class and cause"() {
    const error = await thrown(run(fail).resultAsync(20_000));
    assert(
      error instanceof RangeError && error.cause instanceof TypeError,
      `${error}`,
    );
  },
  async "items go through a queue"() {
    const queue = new Queue({ maxSize: 4 });
    const thread = run(consume, queue);
    for (let n = 0; n < 100; n++) await queue.putAsync({ n });
    queue.shutdown();
    assert(await thread.resultAsync(20_000) === 4950, "sum");
  },
  async "blocking is refused on a page, and names what to await"() {
    const lock = new Lock();
    lock.acquire();
    const error = await thrown(Promise.try(() => lock.acquire()));
    assert(
      error instanceof WouldBlockError &&
        error.message.includes("acquireAsync"),
      `${error}`,
    );
  },
  async "a lock is abandoned when its thread has been terminated"() {
    const lock = new Lock(), held = new Event();
    const thread = run(hold, lock, held);
    assert(await held.waitAsync(20_000), "it did not start");
    thread.terminate();
    const error = await thrown(lock.acquireAsync(20_000));
    assert(error instanceof AbandonedLockError, `${error}`);
  },
  async "a worker that does not load says what may be wrong"() {
    const worker = () => new Worker("./nowhere.js", { type: "module" });
    const thread = new Thread(fail, [], { worker }).start();
    const { name, message } = await thrown(thread.joinAsync(20_000));
    assert(name === "ThreadStartError", name);
    assert(message.includes("its worker did not load"), message);
    assert(message.includes("calls serve()"), message);
  },
  async "a task that the worker's entry did not bring is an error that says so"() {
    const lost = task(
      { url: import.meta.url.replace(/[^/]*$/, "no_such_chunk.js") },
      () => {},
      "lost",
    );
    const { name, message } = await thrown(run(lost).joinAsync(20_000));
    assert(name === "ThreadStartError", name);
    assert(message.includes("imports the tasks"), message);
  },
  async "a pool runs what is submitted to it, also by its threads"() {
    const pool = new ThreadPoolExecutor({ maxWorkers: 2, worker });
    assert(await pool.submit(square, 7) === 49, "49");
    const numbers = Array.from({ length: 200 }, (_, i) => i);
    const squares = await pool.map(square, numbers).toArrayAsync();
    assert(squares.every((x, i) => x === i * i), `${squares}`);
    const error = await thrown(pool.submit(fail));
    assert(error instanceof RangeError, `${error}`);
    assert(await pool.submit(nested, pool, 5) === 6, "nested");
    await pool.shutdownAsync();
  },
  async "a thread of a pool that ends is replaced"() {
    const pool = new ThreadPoolExecutor({ maxWorkers: 1, worker });
    const error = await thrown(pool.submit(end).resultAsync(30_000));
    assert(error instanceof BrokenExecutorError, `${error}`);
    assert(await pool.submit(square, 3).resultAsync(30_000) === 9, "9");
    await pool.shutdownAsync();
  },
  async "a timer runs"() {
    const timer = new Timer(10, count, [new Lock(), new AtomicInt32()], {
      worker,
    });
    assert(await timer.start().resultAsync(20_000) === "timers", "name");
  },
};

/** Pages that are served otherwise, by their path: what they say of a thread that cannot start. */
const STARTS = {
  async "a page that is not isolated says which headers it needs"() {
    for (const make of [() => new Lock(), () => run(fail)]) {
      const { message } = await thrown(Promise.try(make));
      assert(message.includes("Cross-Origin-Opener-Policy"), message);
    }
  },
  async "a page whose policy forbids workers says so"() {
    const { name, message } = await thrown(run(fail).joinAsync(20_000));
    assert(name === "ThreadStartError", name);
    assert(message.includes("Content-Security-Policy forbids"), message);
  },
};

const failures = [];
const which = new URLSearchParams(location.search).get("start");
const tests = which === null ? TESTS : { [which]: STARTS[which] };
for (const [name, test] of Object.entries(tests)) {
  try {
    await test();
  } catch (error) {
    failures.push(`${name}: ${error?.stack ?? error}`);
  }
}
const passed = Object.keys(tests).length - failures.length;
await fetch("/result", {
  method: "POST",
  body: JSON.stringify({ passed, failures }),
});
