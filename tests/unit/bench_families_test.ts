// The families of benchmarks open, and each contender does a short round of each case.

import { assert, assertEquals } from "@std/assert";
import * as library from "../../mod.ts";
import { asyncLock } from "../../bench/families/async_lock.ts";
import { memory } from "../../bench/families/memory.ts";
import { measured, operations } from "../../bench/families/operations.ts";
import { type Family, roleOf } from "../../bench/support/family.ts";

const TIMEOUT = 60_000;
const TIMES = 2;

/** Classes whose operations are measured elsewhere, or are not for speed. */
const EXCUSED: Readonly<Record<string, string>> = {
  Results: "comes from a pool, whose map is measured",
};

for (const family of [asyncLock, operations, memory]) {
  Deno.test({
    name: `each contender of ${family.name} does a short round of each case`,
    timeout: TIMEOUT,
    fn: () => tryOut(family),
  });
}

async function tryOut(family: Family): Promise<void> {
  const session = await family.open("quick");
  try {
    const ids = session.cases.map(({ id }) => id);
    assertEquals(new Set(ids).size, ids.length, "a name stands for two cases");
    for (const item of session.cases) {
      const { contenders } = item, what = `${family.name}, ${item.id}`;
      assert(contenders.some((name) => roleOf(name) === "ours"), what);
      assertEquals(new Set(contenders).size, contenders.length, what);
      for (const contender of contenders) {
        const times = Math.min(TIMES, item.most ?? TIMES);
        const { elapsed, value } = await session.round(item, contender, times);
        assert(elapsed >= 0 && value >= 0, `${what}: ${contender}`);
      }
    }
  } finally {
    await session.close();
  }
}

Deno.test("every class that users import has operations that are measured", () => {
  const classes = Object.entries(library)
    .filter(([, value]) => isClass(value))
    .map(([name]) => name);
  assert(classes.includes("Lock"), "no class is found");
  const missing = classes.filter((name) =>
    !measured.includes(name) && !(name in EXCUSED)
  );
  assertEquals(missing, [], "add rows to bench/families/_operations_*.ts");
  const superfluous = Object.keys(EXCUSED).filter((name) =>
    measured.includes(name) || !classes.includes(name)
  );
  assertEquals(superfluous, []);
});

/** Whether a value is a class of things that are not errors. */
function isClass(value: unknown): boolean {
  return typeof value === "function" &&
    /^class\b/.test(Function.prototype.toString.call(value)) &&
    !(value.prototype instanceof Error);
}
