/**
 * The package in a bundle: its threads need a worker entry of the application.
 */

import { assert, assertEquals } from "@std/assert";
import { deno, succeed } from "../support/process.ts";

Deno.test({
  name:
    "209 A bundled program runs threads by an entry of its own, and is told if it brings none",
  timeout: 60_000,
  async fn() {
    const out = await Deno.makeTempDir();
    try {
      const sources = ["bundled.ts", "bundled_worker.ts"].map((name) =>
        `tests/package/${name}`
      );
      const { code, stderr } = await deno(
        ["bundle", "--minify", "--outdir", out, ...sources],
      );
      assertEquals(code, 0, stderr);
      const program = ["run", `-R=${out}`, `${out}/bundled.js`];
      const lines = (await succeed(program)).trimEnd().split("\n");
      assertEquals(lines.slice(0, 2), ["42", "8"]);
      assert(lines[2]!.includes("a worker entry of its own"), lines[2]);
      assert(lines[2]!.includes("serve()"), lines[2]);
      assertEquals(lines.length, 3);
    } finally {
      await Deno.remove(out, { recursive: true });
    }
  },
});
