import * as library from "@interlock/threading";
import { assert, assertEquals } from "@std/assert";
import plugin from "../../lint/mod.ts";
import { SharedObject } from "../../primitives/_record.ts";
import { test } from "../support/stage.ts";

const ROOT = new URL("../../", import.meta.url);

/** What a rule reports: the reported source, and the message. */
type Report = [source: string, message: string];

function lint(source: string, path = "module.ts"): Deno.lint.Diagnostic[] {
  return Deno.lint.runPlugin(plugin, path, source);
}

/** The rule reports exactly this, and no other rule anything. */
function reports(rule: string, source: string, expected: Report[]): void {
  const found = lint(source);
  assertEquals(
    found.map(({ range, message }) => [source.slice(...range), message]),
    expected,
    source,
  );
  for (const { id, hint, fix } of found) {
    assertEquals(id, `interlock/${rule}`, source);
    assert(hint !== undefined && hint.length > 20, source);
    assertEquals(fix?.length ?? 0, 0, "a fix is not always right");
  }
}

// ---- use-acquire-result

const ALL = `import * as threading from "@interlock/threading";
import { Barrier, Condition, Event, Latch, Lock, RLock, type Task, Thread } from "@interlock/threading";
`;

const UNACQUIRED = (name: string) =>
  `The boolean of ${name}() is dropped: it is false when nothing was acquired`;
const UNFINISHED = (name: string) =>
  `The boolean of ${name}() is dropped: it is false when the timeout passed first`;
const UNRELEASED = (name: string) =>
  `The Held of ${name}() is dropped: it is what releases at the end of a scope`;
const UNAWAITED = (name: string) =>
  `The promise of ${name}() is dropped: what follows does not wait for it, and its error has no handler`;

/** Each line is a module of its own; the call in it that is reported, and why. */
function drops(
  why: (name: string) => string,
  lines: [line: string, call: string][],
): void {
  for (const [line, call] of lines) {
    const name = call.match(/(\w+)("\]|\?\.)?\([^(]*\)$/)?.[1] ?? "";
    reports("use-acquire-result", ALL + line, [[call, why(name)]]);
  }
}

function keeps(lines: string[]): void {
  for (const line of lines) reports("use-acquire-result", ALL + line, []);
}

test("use-acquire-result: an acquire that may fail must be tested", () => {
  drops(UNACQUIRED, [
    ["lock.acquire(5);", "lock.acquire(5)"],
    ["lock.acquire(0);", "lock.acquire(0)"],
    ["lock.acquire(ms);", "lock.acquire(ms)"],
    ["lock.acquire({ timeout: 5 });", "lock.acquire({ timeout: 5 })"],
    ["lock.acquire({ ...wait });", "lock.acquire({ ...wait })"],
    ["lock.acquire(...wait);", "lock.acquire(...wait)"],
    ["this.#lock.acquire(5);", "this.#lock.acquire(5)"],
    ["lock?.acquire(5);", "lock?.acquire(5)"],
    ["lock?.acquire?.(5);", "lock?.acquire?.(5)"],
    ["lock!.acquire(5);", "lock!.acquire(5)"],
    ['lock["acquire"](5) as unknown;', 'lock["acquire"](5)'],
    ["(lock.acquire(5));", "lock.acquire(5)"],
    ["rw.write.acquire(5);", "rw.write.acquire(5)"],
    ["locks[0].acquire(5);", "locks[0].acquire(5)"],
    ["lock.tryAcquire();", "lock.tryAcquire()"],
    ["busy && lock.tryAcquire();", "lock.tryAcquire()"],
    ["busy ? lock.tryAcquire() : 0;", "lock.tryAcquire()"],
    ["n++, lock.tryAcquire();", "lock.tryAcquire()"],
    ["n = (lock.tryAcquire(), 1);", "lock.tryAcquire()"],
    ["for (lock.tryAcquire(); false;);", "lock.tryAcquire()"],
    ["for (;; lock.tryAcquire());", "lock.tryAcquire()"],
    ["function f() { if (a) lock.tryAcquire(); }", "lock.tryAcquire()"],
    ["await lock.acquireAsync(5);", "lock.acquireAsync(5)"],
    [
      "await lock.acquireAsync({ signal, timeout: 5 });",
      "lock.acquireAsync({ signal, timeout: 5 })",
    ],
  ]);
});

test("use-acquire-result: what is tested, or cannot fail, is fine", () => {
  keeps([
    "lock.acquire();",
    "lock.acquire(undefined);",
    "lock.acquire(Infinity);",
    "lock.acquire({ permits: 2 });",
    "lock.acquire({ timeout: Infinity, token });",
    "await lock.acquireAsync();",
    "await lock.acquireAsync({ signal });",
    "function f() { if (!lock.acquire(5)) return; }",
    "const held = lock.tryAcquire();",
    "let held; held = lock.tryAcquire();",
    "while (!lock.tryAcquire());",
    "for (; lock.tryAcquire(););",
    "lock.tryAcquire() && work();",
    "lock.tryAcquire() ? work() : 0;",
    "assert(lock.tryAcquire());",
    "const f = () => lock.tryAcquire();",
    "function f() { return lock.tryAcquire(); }",
    "async function f() { return await lock.acquireAsync(5); }",
    "lock[acquire](5);",
    "acquire(5);",
    "lock.release();",
  ]);
});

test("use-acquire-result: void says that it is meant", () => {
  keeps([
    "void lock.acquire(5);",
    "void lock.tryAcquire();",
    "void await lock.acquireAsync(5);",
    "void lock.acquireAsync();",
    "void lock.hold();",
  ]);
});

test("use-acquire-result: a Held that nobody has releases nothing", () => {
  drops(UNRELEASED, [
    ["lock.hold();", "lock.hold()"],
    ["lock.hold(5);", "lock.hold(5)"],
    ["rw.read.hold();", "rw.read.hold()"],
    ["await lock.holdAsync();", "lock.holdAsync()"],
  ]);
  keeps([
    "{ using held = lock.hold(); }",
    "{ using _ = lock.hold(5); }",
    "{ using held = await lock.holdAsync(); }",
    "const held = lock.hold();",
    "stack.use(lock.hold());",
    "lock.hold().release();",
    "lock.run(() => {});",
  ]);
});

test("use-acquire-result: a promise must be awaited", () => {
  drops(UNAWAITED, [
    ["lock.acquireAsync();", "lock.acquireAsync()"],
    ["lock.acquireAsync(5);", "lock.acquireAsync(5)"],
    ["lock.holdAsync();", "lock.holdAsync()"],
    ["busy || lock.runAsync(work);", "lock.runAsync(work)"],
    ["const done = new Event(); done.waitAsync();", "done.waitAsync()"],
    [
      "function f(worker: Thread) { worker.joinAsync(5); }",
      "worker.joinAsync(5)",
    ],
  ]);
  keeps([
    "await lock.runAsync(work);",
    "const promise = lock.acquireAsync();",
    "lock.acquireAsync().then(work, fail);",
    "await Promise.all([lock.runAsync(a), lock.runAsync(b)]);",
    "const f = () => lock.runAsync(work);",
  ]);
});

test("use-acquire-result: a timed wait must be tested where the module says whose it is", () => {
  drops(UNFINISHED, [
    ["const done = new Event(); done.wait(5);", "done.wait(5)"],
    ["const done = new threading.Event(); done.wait(5);", "done.wait(5)"],
    ["const done = Event.from(handle); done.wait(5);", "done.wait(5)"],
    ["function f(done: Event) { done.wait(5); }", "done.wait(5)"],
    [
      "function f(done?: Event | undefined) { done?.wait(5); }",
      "done?.wait(5)",
    ],
    ["function f(done = new Latch(1)) { done.wait(5); }", "done.wait(5)"],
    [
      "interface S { done: Latch } f((s: S) => { s.done.wait(5); });",
      "s.done.wait(5)",
    ],
    [
      "class A { #done = new Latch(1); m() { this.#done.wait(5); } }",
      "this.#done.wait(5)",
    ],
    [
      "class A { constructor(private done: threading.Latch) { this.done.wait(5); } }",
      "this.done.wait(5)",
    ],
    ["f(() => { done.wait(5); }); const done: Event = make();", "done.wait(5)"],
    [
      "const state = { done: new Event() }; state.done.wait(5);",
      "state.done.wait(5)",
    ],
    [
      "let done; done = new Event(); done.wait({ timeout: 5 });",
      "done.wait({ timeout: 5 })",
    ],
    ["const done = new Event(); await done.waitAsync(5);", "done.waitAsync(5)"],
    ["const t = new Thread(work).start(); t.join(5);", "t.join(5)"],
    [
      "export const work: Task<(done: Event) => void> = threading.task(import.meta, function work(done) { done.wait(5); });",
      "done.wait(5)",
    ],
  ]);
  keeps([
    "const done = new Event(); done.wait();",
    "const done = new Event(); if (done.wait(5)) work();",
    "const meeting = new Barrier(2); meeting.wait(5);",
    "const full = new Condition(); while (!p()) full.wait(5);",
    "const t = new Thread(work).start(); t.join();",
    "const box = put(new Latch(1)); box.wait(5);",
    "const box = list.add(new Latch(1)); box.wait(5);",
    "clock.wait(5);",
    "room.join(5);",
    'path.join("a");',
    "Atomics.wait(words, 0, 0, 5);",
    // One name, two classes: only the scope tells which.
    "function f(x: Event) { x.wait(5); } function g(x: Barrier) { x.wait(5); }",
    "function f(x: Event) { x.wait(5); } function g(x: Waiter) { x.wait(5); }",
  ]);
});

test("use-acquire-result: what is visibly not ours is left alone", () => {
  keeps([
    "const pool = new Pool(); pool.acquire(5);",
    "function f(pool: Pool) { pool.acquire(5); }",
    "function f(phone: tel.Phone) { phone.hold(); }",
  ]);
  reports(
    "use-acquire-result",
    'import { Lock } from "./locks.ts"; const lock = new Lock(); lock.acquire(5); lock.hold();',
    [],
  );
  // A module that only takes types from the package uses it too.
  reports(
    "use-acquire-result",
    'import type { Lock } from "@interlock/threading"; function f(lock: Lock) { lock.acquire(5); }',
    [["lock.acquire(5)", UNACQUIRED("acquire")]],
  );
  // An alias is not known by its own name.
  reports(
    "use-acquire-result",
    'import { Event as Flag } from "@interlock/threading"; const f = new Flag(), e = new Event("x"); f.wait(5); e.wait(5);',
    [["f.wait(5)", UNFINISHED("wait")]],
  );
});

// ---- no-module-level-primitive

const TASK = `import { Lock, task } from "@interlock/threading";
export const work = task(import.meta, function work() {});
`;

const ANOTHER = (name: string) =>
  `Each thread that runs a task of this module loads the module, and makes another ${name} here, which it shares with nobody`;

test("no-module-level-primitive: what each thread makes for itself is reported", () => {
  for (
    const line of [
      "const lock = new Lock();",
      "export const lock: Lock = new Lock();",
      "export default new Lock();",
      "const state = { lock: new Lock() };",
      "const locks = [new Lock()];",
      "let lock; { lock = new Lock(); }",
      "let lock; if (fast) lock = new Lock();",
      "let lock; try { lock = new Lock(); } catch {}",
      "let lock; if (!import.meta.main) lock = new Lock();",
      "let lock; if (import.meta.main) {} else lock = new Lock();",
      "let lock; if (import.meta.main || fast) lock = new Lock();",
      "const lock = import.meta.main || new Lock();",
      "const lock = import.meta.main ?? new Lock();",
      "class A { static lock = new Lock(); }",
      "class A { static { f(new Lock()); } }",
    ]
  ) {
    reports("no-module-level-primitive", TASK + line, [
      ["new Lock()", ANOTHER("Lock")],
    ]);
  }
  reports(
    "no-module-level-primitive",
    TASK + "const a = new Lock(), b = new Lock();",
    [["new Lock()", ANOTHER("Lock")], ["new Lock()", ANOTHER("Lock")]],
  );
});

test("no-module-level-primitive: what the program makes, or a call, is fine", () => {
  for (
    const line of [
      "if (import.meta.main) { const lock = new Lock(); }",
      "if (import.meta.main) for (;;) new Lock();",
      "if (fast && import.meta.main) { const lock = new Lock(); }",
      "if (!import.meta.main) {} else { const lock = new Lock(); }",
      "if (!import.meta.main || fast) {} else { const lock = new Lock(); }",
      "const lock = import.meta.main ? new Lock() : undefined;",
      "const lock = import.meta.main && new Lock();",
      "const lock = !import.meta.main || new Lock();",
      "function main() { const lock = new Lock(); }",
      "const make = () => new Lock();",
      "const make = function () { return new Lock(); };",
      "Deno.test('x', () => { const lock = new Lock(); });",
      "function f(lock = new Lock()) {}",
      "class A { lock = new Lock(); #lock = new Lock(); m() { new Lock(); } }",
      "class A { accessor lock = new Lock(); }",
      "const lock = Lock.from(handle);",
      // The global of that name, and a class of one's own.
      "const event = new Event('x'); class Latch {} new Latch();",
    ]
  ) {
    reports("no-module-level-primitive", TASK + line, []);
  }
});

test("no-module-level-primitive: only in a module with tasks, and only what is imported from the package", () => {
  const source = (specifier: string, task = true) =>
    `import { Lock as L, task as t } from "${specifier}"; const lock = new L();${
      task ? "export const work = t(import.meta, () => {}, 'work');" : ""
    }`;
  for (
    const specifier of [
      "@interlock/threading",
      "jsr:@interlock/threading",
      "jsr:@interlock/threading@^0.1",
      "npm:@jsr/interlock__threading@1",
      "https://jsr.io/@interlock/threading/0.1.0/mod.ts",
    ]
  ) {
    reports("no-module-level-primitive", source(specifier), [
      ["new L()", ANOTHER("Lock")],
    ]);
    reports("no-module-level-primitive", source(specifier, false), []);
  }
  for (
    const specifier of [
      "@interlock/threading-extras",
      "@other/threading",
      "../mod.ts",
      "threading",
    ]
  ) {
    reports("no-module-level-primitive", source(specifier), []);
  }
  // The task may stand below, and the package be a namespace.
  reports(
    "no-module-level-primitive",
    `const gate = new threading.Semaphore(3);
     import * as threading from "@interlock/threading";
     export const work = threading.task(import.meta, function work() {});`,
    [["new threading.Semaphore(3)", ANOTHER("Semaphore")]],
  );
  reports(
    "no-module-level-primitive",
    `import { Lock } from "@interlock/threading"; import { task } from "./jobs.ts";
     const lock = new Lock(); task(import.meta, function work() {});`,
    [],
  );
});

test("no-module-level-primitive knows every shared class of the package", () => {
  const shared = Object.entries(library).filter(([, value]) =>
    typeof value === "function" && value.prototype instanceof SharedObject
  );
  assert(shared.length >= 7, `${shared.length} shared classes`);
  for (const [name] of shared) {
    reports(
      "no-module-level-primitive",
      `import { ${name}, task } from "@interlock/threading";
       const shared = new ${name}(1); task(import.meta, function work() {});`,
      [[`new ${name}(1)`, ANOTHER(name)]],
    );
  }
});

// ---- task-at-top-level

const LOST = (place: string) =>
  `A thread looks for a task at the top level of its module, and this one is made inside ${place}`;

test("task-at-top-level: a task is made where a thread looks", () => {
  const call = "task(import.meta, function work() {})";
  for (
    const [line, place] of [
      [`function f() { return ${call}; }`, "a function"],
      [`const f = () => ${call};`, "a function"],
      [`if (import.meta.main) { const work = ${call}; }`, "a block"],
      [`if (import.meta.main) ${call};`, "a block"],
      [`for (const x of xs) ${call};`, "a block"],
      [`while (more()) { ${call}; }`, "a block"],
      [`try { ${call}; } catch {}`, "a block"],
      [`switch (x) { case 1: ${call}; }`, "a block"],
      [`{ ${call}; }`, "a block"],
      [`class A { work = ${call}; }`, "a class"],
      [`class A { static work = ${call}; }`, "a class"],
      [`class A { static { ${call}; } }`, "a class"],
      [`class A { m() { if (x) ${call}; } }`, "a block"],
      [`import.meta.main && ${call};`, "a condition"],
      [`const work = fast ? ${call} : other;`, "a condition"],
    ] as const
  ) {
    reports("task-at-top-level", TASK + line, [[call, LOST(place)]]);
  }
  for (
    const line of [
      `${call};`,
      `const work2 = ${call};`,
      `export const work2 = ${call};`,
      `export const work2: Task<() => void> = ${call} as never;`,
      `export default ${call};`,
      `export const tasks = { work2: ${call}, all: [${call}] };`,
      `register(${call});`,
      `let work2; work2 = ${call};`,
      // A helper: its caller decides.
      "function define(meta: ImportMeta, fn: () => void) { return task(meta, fn); }",
      // Another object's method, and another import's function.
      "function f() { return board.task(import.meta); }",
    ]
  ) {
    reports("task-at-top-level", TASK + line, []);
  }
});

test("task-at-top-level: aliases and namespaces are followed, other functions left alone", () => {
  reports(
    "task-at-top-level",
    'import { task as job } from "jsr:@interlock/threading"; function f() { job(import.meta, g); task(import.meta, g); }',
    [["job(import.meta, g)", LOST("a function")]],
  );
  reports(
    "task-at-top-level",
    'import * as t from "@interlock/threading"; const f = () => t.task(import.meta, g); const g = () => u.task(import.meta, g);',
    [["t.task(import.meta, g)", LOST("a function")]],
  );
  reports(
    "task-at-top-level",
    'import { task } from "./runner.ts"; function f() { task(import.meta, g); }',
    [],
  );
});

// ---- the plugin

test("The plugin has no complaint about the examples", () => {
  let examples = 0;
  const folder = new URL("examples/", ROOT);
  for (const { isFile, name } of Deno.readDirSync(folder)) {
    if (!isFile) continue; // web/ is a program of several files
    const url = new URL(name, folder);
    assertEquals(lint(Deno.readTextFileSync(url), name), [], name);
    examples++;
  }
  assert(examples >= 7, `${examples} examples`);
});

test("The plugin finds the mistakes of newcomers that the tests keep", () => {
  const stray = new URL("tests/support/stray.ts", ROOT);
  const ids = lint(Deno.readTextFileSync(stray)).map(({ id }) => id);
  assertEquals(ids, Array(6).fill("interlock/no-module-level-primitive"));
});
