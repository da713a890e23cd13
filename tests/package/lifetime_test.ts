/**
 * How long a program lives: as long as it waits, and no longer.
 */

import { assert, assertEquals } from "@std/assert";
import { deno, succeed } from "../support/process.ts";

const TIMEOUT = 30_000;

for (
  const [timeout, releaser, got, name] of [
    ["Infinity", "thread", true, "until a thread releases it"],
    ["60000", "thread", true, "until a thread releases it, if that is in time"],
    ["Infinity", "timer", true, "when nothing else keeps the process alive"],
    ["200", "nobody", false, "until its timeout passes"],
  ] as const
) {
  Deno.test({
    name: `248 a lone await of a lock lives ${name}, and then the process ends`,
    timeout: TIMEOUT,
    async fn() {
      const program = ["tests/package/lone_await.ts", timeout, releaser];
      assertEquals(await succeed(["run", "-R=.", ...program]), `${got}\n`);
    },
  });
}

Deno.test({
  name: "a program ends by itself when its threads have ended, joined or not",
  timeout: TIMEOUT,
  async fn() {
    const program = "tests/package/loose_ends.ts";
    assertEquals(await succeed(["run", "-R=.", program]), "1\n2\n");
  },
});

for (
  const [how, printed, least, most] of [
    ["pending", "started\ncaught\nran\n", 700, TIMEOUT],
    ["cancelled", "started\n", 0, TIMEOUT],
  ] as const
) {
  Deno.test({
    name: `a program whose timers are ${how} ends when they do`,
    timeout: TIMEOUT,
    async fn() {
      const program = ["tests/package/timers.ts", how];
      const begin = performance.now();
      assertEquals(await succeed(["run", "-R=.", ...program]), printed);
      const passed = performance.now() - begin;
      assert(passed >= least && passed < most, `${passed} ms`);
    },
  });
}

for (
  const [how, printed] of [
    ["await", "it ran\nit\nend\n"],
    ["then", "end\nit ran\nit\n"],
    ["onDone", "end\nit ran\nfinished\n"],
    ["forgotten", "end\nit ran\n"],
    ["shutdown", "end\nit ran\nthe other ran\n"],
    ["using", "it ran\nend\n"],
    ["unused", "end\n"],
  ] as const
) {
  Deno.test({
    name:
      `234 248 a program with a pool ends when the work is done, and not before: ${how}`,
    timeout: TIMEOUT,
    async fn() {
      const program = ["tests/package/pools.ts", how];
      const begin = performance.now();
      assertEquals(await succeed(["run", "-R=.", ...program]), printed);
      const passed = performance.now() - begin;
      // Threads that nobody needs end after 200 ms, or at once.
      assert(passed < 8000, `${passed} ms`);
    },
  });
}

Deno.test({
  name: "a program that may not read its modules ends, and names the flag",
  timeout: TIMEOUT,
  async fn() {
    const program = "examples/quick_start.ts";
    const { code, stderr } = await deno(["run", "--no-prompt", program]);
    assertEquals(code, 1);
    assert(stderr.includes("ThreadStartError"), stderr);
    assert(stderr.includes("run with --allow-read"), stderr);
  },
});
