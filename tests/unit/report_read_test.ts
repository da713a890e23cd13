// Reading reports from files: what is none is refused, and the error says where.

import { assert, assertEquals, assertThrows } from "@std/assert";
import { readReport } from "../../bench/report/read.ts";
import { makeReport } from "./report_fixture.ts";

/** Reads a file with this text. */
function read(text: string): unknown {
  const path = Deno.makeTempFileSync({ suffix: ".json" });
  try {
    Deno.writeTextFileSync(path, text);
    return readReport(path);
  } finally {
    Deno.removeSync(path);
  }
}

function assertRefused(value: unknown, message: RegExp): void {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const error = assertThrows(() => read(text), Error);
  assert(message.test(error.message), error.message);
}

Deno.test("A report is read as it was written", () => {
  const report = makeReport(1);
  assertEquals(read(JSON.stringify(report)), report);
});

Deno.test("What is no JSON, or no report, is refused", () => {
  assertRefused("{", /^Cannot read report: .* is not a file with JSON$/);
  assertRefused("null", /'format' in .* must be 1, received undefined$/);
  assertRefused("[]", /'format' in .* must be 1, received undefined$/);
  assertThrows(() => readReport("missing.json"), Error, "missing.json");
});

Deno.test("A report of another format, or with a part that is wrong, is refused", () => {
  const report = makeReport(1);
  assertRefused(
    { ...report, format: 2 },
    /'format' in .* must be 1, received 2$/,
  );
  assertRefused(
    { ...report, families: [] },
    /'families' in .* must be an array that is not empty, received \[\]$/,
  );
  assertRefused(
    { ...report, machine: undefined },
    /'machine' in .* must be an object, received undefined$/,
  );
  const [family] = report.families;
  const broken = {
    ...family!.cases[0]!,
    series: { ours: { samples: [["slow"]] } },
  };
  assertRefused(
    { ...report, families: [{ ...family, cases: [broken] }] },
    /'families\[0\]\.cases\[0\]\.series\.ours\.samples\[0\]\[0\]' in .* must be a number, received "slow"$/,
  );
});
