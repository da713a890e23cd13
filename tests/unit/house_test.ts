// The rules of the house that a reader relies on: imports point down, one file
// waits, every primitive says how it works.

import { assert, assertEquals } from "@std/assert";
import { test } from "../support/stage.ts";

const ROOT = new URL("../../", import.meta.url);

/** A file's place: what it may import stands on a lower layer, or on its own. */
const LAYERS: [RegExp, number][] = [
  [/^primitives\/(_validate|_realm|errors)\.ts$/, 0],
  [/^primitives\/(_record|_thread_id|_int64)\.ts$/, 1],
  [/^primitives\/(_bytes|_failure|_roster|_ownership)\.ts$/, 1],
  [
    /^primitives\/(_packet|_tags|_views|_byte_writer|_writer|_reader|_handles|_rebuild|_codecs|_freeze|codec)\.ts$/,
    1,
  ],
  [/^primitives\/_codec_name\.ts$/, 1],
  [/^primitives\/(_park|_patience|_watch)\.ts$/, 2],
  [
    /^primitives\/(_broadcast|_slots|_wait_queue|_phase|_lockable|_atomic_value)\.ts$/,
    3,
  ],
  [/^primitives\/_realm_queue\.ts$/, 4],
  [/^primitives\/_(lock|semaphore|condition|once|rw)_state\.ts$/, 5],
  [/^primitives\/_local_state\.ts$/, 5],
  [/^primitives\/_ring_(state|items)\.ts$/, 5],
  [/^primitives\/_(mutex|rw_holds|rw_sides)\.ts$/, 6],
  [
    /^primitives\/_(parties|channel_state|channel_port|select_state)\.ts$/,
    6,
  ],
  [
    /^primitives\/_(section|cells|items|store|queue_state|deque_state|heap|queue_record|exchange)\.ts$/,
    6,
  ],
  [/^primitives\/_(trie|entries|dictionary_state|counts|multiset)\.ts$/, 6],
  [/^primitives\/[a-z]\w*\.ts$/, 7],
  [/^workers\//, 7],
  [/^mod\.ts$/, 8],
  [/^trace\/_\w+\.ts$/, 8],
  [/^trace\/[a-z]\w*\.ts$/, 9],
  [/^testing\/(_function|_native|_random|_checked_view|_history)\.ts$/, 8],
  [/^testing\/_(board|state|races)\.ts$/, 9],
  [
    /^testing\/_(wait_list|choices|scheduler|cycle|virtual|trace|turn|memory|atomics)\.ts$/,
    10,
  ],
  [/^testing\/_(agent|operate|litmus_agent)\.ts$|^testing\/\w+\.js$/, 11],
  [
    /^testing\/_(judge|fleet|search|schedule|table|terminal|left_over|session)\.ts$/,
    12,
  ],
  [/^testing\/[a-z]\w*\.ts$/, 13],
  [/^lint\/_\w+\.ts$/, 14],
  [/^lint\/[a-z]\w*\.ts$/, 15],
];

const sources = new Map<string, string>();
for (const folder of ["primitives", "workers", "testing", "trace", "lint"]) {
  for (const { name } of Deno.readDirSync(new URL(folder, ROOT))) {
    if (name.endsWith(".md")) continue;
    const path = `${folder}/${name}`;
    sources.set(path, Deno.readTextFileSync(new URL(path, ROOT)));
  }
}
sources.set("mod.ts", Deno.readTextFileSync(new URL("mod.ts", ROOT)));

function layerOf(path: string): number {
  const found = LAYERS.find(([pattern]) => pattern.test(path));
  assert(found !== undefined, `${path} has no layer`);
  return found[1];
}

/** The source without comments. */
function code(path: string): string {
  return sources.get(path)!.replace(/\/\*[^]*?\*\//g, "").replace(
    /^\s*\/\/.*$/gm,
    "",
  );
}

test("Imports point down, and to nothing outside", () => {
  for (const path of sources.keys()) {
    // A type may come from above: it is gone when the code runs.
    const imports = code(path).matchAll(
      /^(?:import|export)(?! type)[^;]*? from "([^"]+)";/gm,
    );
    for (const [, specifier] of imports) {
      assert(specifier!.startsWith("."), `${path} imports ${specifier}`);
      const target = new URL(specifier!, new URL(path, ROOT)).href;
      const to = target.slice(ROOT.href.length);
      assert(
        layerOf(to) <= layerOf(path),
        `${path} imports ${to}, which is above it`,
      );
      assert(to !== "mod.ts", `${path} imports mod.ts`);
    }
  }
});

test("Only _park.ts sleeps, wakes and spins", () => {
  for (const path of sources.keys()) {
    // The tester is what they are replaced by.
    if (path === "primitives/_park.ts" || path.startsWith("testing/")) continue;
    const found = code(path).match(/Atomics\.(wait|waitAsync|notify|pause)\b/);
    assertEquals(found?.[0], undefined, path);
  }
});

test("Nothing that the tester replaces is captured when a module is loaded", () => {
  const names =
    "Atomics|performance|crypto|setTimeout|setInterval|queueMicrotask|navigator";
  for (const path of sources.keys()) {
    if (path.startsWith("testing/")) continue;
    const captured = new RegExp(
      `^(export )?(const|let)[^;]*=\\s*(globalThis\\.)?(${names})\\b[^;(]*;`,
      "m",
    );
    const found = code(path).match(captured);
    assertEquals(found?.[0], undefined, path);
  }
});

test("Published sources have no using statement", () => {
  for (const path of sources.keys()) {
    assertEquals(
      code(path).match(/^\s*(await )?using \w+ =/m)?.[0],
      undefined,
      path,
    );
  }
});

test("Every state machine begins with its words, states, invariants and progress, and names its source", () => {
  const BLOCKS = [
    "*Words*",
    "*States*",
    "*Invariants*",
    "*Progress*",
    "*Source*",
  ];
  const PLAIN = /^primitives\/(sleep|attach|errors|codec)\.ts$/;
  const MACHINES =
    /^primitives\/([a-z]\w*|_\w+_state|_phase|_slots|_wait_queue)\.ts$/;
  // The face of a state machine says where that is described.
  const isFace = (path: string) =>
    /\b(Words|words), states, invariants and progress\s[\s*]*are those of\s[\s*]*`_\w+\.ts`/
      .test(sources.get(path)!.split("*/", 1)[0]!);
  const machines = [...sources.keys()].filter((path) =>
    MACHINES.test(path) && !PLAIN.test(path) && !isFace(path)
  );
  assert(machines.length >= 12, `${machines}`);
  for (const path of machines) {
    const [header] = sources.get(path)!.split("*/", 1);
    let place = 0;
    for (const block of BLOCKS) {
      const found = header!.indexOf(block, place);
      assert(found >= 0, `${path} says nothing, or too late, of ${block}`);
      place = found;
    }
  }
});
