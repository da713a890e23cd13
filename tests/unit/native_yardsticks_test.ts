// Native yardsticks; the tests are skipped where no C compiler is found.

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import process from "node:process";
import { compileC } from "../../bench/support/c_compiler.ts";
import {
  Native,
  type NativePrimitive,
  SOURCE,
} from "../../bench/support/native.ts";

const PRIMITIVES: readonly NativePrimitive[] = [
  "lock",
  "semaphore",
  "barrier",
  "condition",
  "rwlock",
];
const LOAD = { workers: 2, times: 50, inside: 100, outside: 100 };
const TIMEOUT = 30_000;

const compiles = (await compileC("--version"))?.success === true;
if (!compiles) console.log("No C compiler is found: native tests are skipped");

/** A test with a native process, which ends with it. */
function test(name: string, body: (native: Native) => Promise<void>): void {
  Deno.test({
    name,
    ignore: !compiles,
    timeout: TIMEOUT,
    async fn() {
      const native = await Native.open();
      assert(native !== undefined);
      try {
        await body(native);
      } finally {
        await native.close();
      }
    },
  });
}

Deno.test({
  name: "Native code compiles without warnings",
  ignore: !compiles,
  timeout: TIMEOUT,
  async fn() {
    const options = ["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror"];
    const nowhere = ["-c", "-o", "/dev/null"];
    const built = await compileC(...options, SOURCE, ...nowhere);
    assertEquals(new TextDecoder().decode(built!.stderr), "");
    assert(built!.success);
  },
});

test("Each native contender does rounds in which nothing is lost", async (native) => {
  assert(native.contenders("lock").includes("pthread (native)"));
  for (const primitive of PRIMITIVES) {
    for (const contender of native.contenders(primitive)) {
      assert(contender.endsWith(" (native)"), contender);
      for (const more of [{}, { permits: 2, reads: 50 }, { inside: 0 }]) {
        const took = await native.round(primitive, contender, {
          ...LOAD,
          ...more,
        });
        assert(took > 0 && took < TIMEOUT, `${took} ms`);
      }
    }
  }
});

test("Native workers that exclude each other lose nothing when they hurry", async (native) => {
  const load = { workers: 4, times: 20_000, inside: 0, outside: 0 };
  for (const primitive of ["lock", "semaphore", "rwlock"] as const) {
    for (const contender of native.contenders(primitive)) {
      assert(await native.round(primitive, contender, load) > 0);
    }
  }
});

test("A native round takes as long as its work", async (native) => {
  const load = { workers: 1, times: 10, inside: 2e5, outside: 1e5 };
  const took = await native.round("lock", "pthread (native)", load);
  // Three milliseconds; processors become faster, and other processes slow it down.
  assert(took > 1, `${took} ms`);
});

test("An observed native round keeps the longest latency and the last ones", async (native) => {
  const observe = (workers: number, inside: number) =>
    native.observe(
      "lock",
      "pthread (native)",
      { workers, inside, outside: 0 },
      20,
    );
  const few = await observe(3, 20_000);
  assertEquals(few.shares.length, 3);
  assertEquals(few.latencies.length, few.shares.reduce((sum, n) => sum + n, 0));
  assert(few.latencies.length > 0);
  assert(few.latencies.every((time) => time >= 0 && time < TIMEOUT * 1e6));

  const { shares, latencies } = await observe(1, 0);
  assertEquals(latencies.length, Math.min(shares[0]!, 2 ** 15 + 1));
  assertEquals(Math.max(...latencies), latencies[0]);
});

test("A native round that cannot be is an error, and the next one is done", async (native) => {
  const error = await assertRejects(
    () => native.round("lock", "sem_t (native)", LOAD),
    RangeError,
  );
  assert(
    error.message.endsWith("(native), received sem_t (native)"),
    error.message,
  );
  assertEquals(native.contenders("event" as NativePrimitive), []);
  await assertRejects(
    () => native.round("event" as NativePrimitive, "pthread (native)", LOAD),
    RangeError,
  );
  await assertRejects(
    () => native.round("lock", "pthread (native)", { ...LOAD, workers: 17 }),
    Error,
    "there must be 1 to 16 workers",
  );
  await assertRejects(
    () => native.observe("condition", "pthread (native)", LOAD, 10),
    Error,
    "cannot be observed",
  );
  assert(await native.round("lock", "pthread (native)", LOAD) > 0);
});

Deno.test({
  name: "A closed native process is gone, and leaves no files",
  ignore: !compiles,
  timeout: TIMEOUT,
  async fn() {
    const dir = await Deno.makeTempDir();
    try {
      const native = await Native.open({ dir });
      assert(native !== undefined);
      assert(process.kill(native.pid, 0));
      await native.close();
      assertThrows(() => process.kill(native.pid, 0), Error, "ESRCH");
      assertEquals([...Deno.readDirSync(dir)], []);
      await assertRejects(() => native.round("lock", "pthread (native)", LOAD));
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  },
});
