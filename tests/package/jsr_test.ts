/**
 * The package as its users get it: from a JSR registry, which a loopback server
 * plays, into an empty cache.
 */

import { assert, assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { deno, type Ended, REPOSITORY } from "../support/process.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A version of a package: its exports, and its files by path, such as "/mod.ts". */
interface Package {
  readonly name: string;
  readonly version: string;
  readonly exports: Record<string, string>;
  readonly files: ReadonlyMap<string, Bytes>;
}

/** What `deno publish` uploads. */
async function ourPackage(): Promise<Package> {
  const { name, version, exports, publish } = config;
  const files = new Map<string, Bytes>();
  const add = async (path: string) => {
    const url = new URL(path, REPOSITORY);
    if (!(await Deno.stat(url)).isDirectory) {
      files.set(`/${path}`, await Deno.readFile(url));
      return;
    }
    for await (const entry of Deno.readDir(url)) {
      await add(`${path}/${entry.name}`);
    }
  };
  for (const path of publish.include) await add(path);
  return { name, version, exports, files };
}

/** Another package, whose only module makes a task. */
function taskPackage(): Package {
  const source = `
    import { type Task, task } from "jsr:@interlock/threading@^0.1.0";

    export const double: Task<(x: number) => number> = task(
      import.meta,
      function double(x: number) {
        return 2 * x;
      },
    );
  `;
  return {
    name: "@example/tasks",
    version: "0.1.0",
    exports: { ".": "./mod.ts" },
    files: new Map([["/mod.ts", new TextEncoder().encode(source)]]),
  };
}

/** What a registry that has the package answers, by path. */
async function answersOf(
  { name, version, exports, files }: Package,
): Promise<[string, BodyInit][]> {
  const [scope, bare] = name.slice(1).split("/");
  const manifest: Record<string, unknown> = {};
  const answers: [string, BodyInit][] = [];
  for (const [path, bytes] of files) {
    const hash = await crypto.subtle.digest("SHA-256", bytes);
    const checksum = `sha256-${new Uint8Array(hash).toHex()}`;
    manifest[path] = { size: bytes.length, checksum };
    answers.push([`/${name}/${version}${path}`, bytes]);
  }
  const versions = { [version]: {} };
  const meta = { scope, name: bare, latest: version, versions };
  const versionMeta = { manifest, exports, moduleGraph2: {} };
  return [
    ...answers,
    [`/${name}/meta.json`, JSON.stringify(meta)],
    [`/${name}/${version}_meta.json`, JSON.stringify(versionMeta)],
  ];
}

/** Runs `main.ts` of these files, in a folder and with a cache of its own. */
async function run(
  flags: string[],
  files: Record<string, string>,
): Promise<Ended> {
  const answers = new Map([
    ...await answersOf(await ourPackage()),
    ...await answersOf(taskPackage()),
  ]);
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ url }) => {
      const body = answers.get(new URL(url).pathname);
      return new Response(body ?? null, { status: body ? 200 : 404 });
    },
  );
  const folder = await Deno.makeTempDir({ prefix: "interlock-" });
  try {
    for (const [name, source] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${name}`, source);
    }
    return await deno(["run", "-q", "--no-prompt", ...flags, "main.ts"], {
      cwd: folder,
      env: {
        JSR_URL: `http://127.0.0.1:${server.addr.port}/`,
        DENO_DIR: `${folder}/cache`,
      },
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, timeout: 60_000, fn });
}

/** A program whose thread runs a task of its own, with a shared object. */
const OWN_TASK = `
  import {
    AtomicInt32, type Task, task, Thread,
  } from "jsr:@interlock/threading@^0.1.0";

  export const count: Task<(counter: AtomicInt32) => string> = task(
    import.meta,
    function count(counter) {
      counter.add(1);
      return Thread.current.name;
    },
  );

  if (import.meta.main) {
    const counter = new AtomicInt32(41);
    const thread = new Thread(count, [counter], { name: "own" }).start();
    console.log(thread.result(), counter.load());
  }
`;

/** A program that tells how each way to wait for its thread fails. */
const EACH_WAIT = `
  import { type Task, task, Thread } from "jsr:@interlock/threading@^0.1.0";
  import "./part.ts";

  export const nothing: Task<() => void> = task(
    import.meta,
    function nothing() {},
  );

  if (import.meta.main) {
    for (const wait of ["join", "joinAsync", "result", "resultAsync"] as const) {
      try {
        await new Thread(nothing).start()[wait]();
        console.log(wait, "waited");
      } catch (error) {
        console.log(wait, String(error).replaceAll("\\n", " "));
      }
    }
  }
`;

test("a program from JSR type-checks, and runs its own tasks with -R=.", async () => {
  const ended = await run(["--check", "-R=."], { "main.ts": OWN_TASK });
  assertEquals(ended, { code: 0, stdout: "own 42\n", stderr: "" });
});

for (
  const [flags, unreadable] of [
    [[], "main.ts"],
    [["-R=main.ts"], "part.ts"],
  ] as const
) {
  test(`a thread that may not read ${unreadable} fails to start, however it is awaited, and names the flag`, async () => {
    const files = { "main.ts": EACH_WAIT, "part.ts": "export {};" };
    const { code, stdout, stderr } = await run([...flags], files);
    assertEquals(code, 0, stderr);
    const lines = stdout.trimEnd().split("\n");
    assertEquals(
      lines.map((line) => line.split(":")[0]),
      ["join", "joinAsync", "result", "resultAsync"].map((wait) =>
        `${wait} ThreadStartError`
      ),
    );
    for (const line of lines) {
      assert(line.includes("--allow-read"), line);
      assert(line.includes(unreadable), line);
    }
  });
}

test("a thread runs a task of a package from JSR without any flag", async () => {
  const program = `
    import { Thread } from "jsr:@interlock/threading@^0.1.0";
    import { double } from "jsr:@example/tasks@^0.1.0";

    console.log(new Thread(double, [21]).start().result());
    console.log(await new Thread(double, [4]).start().resultAsync());
  `;
  const ended = await run([], { "main.ts": program });
  assertEquals(ended, { code: 0, stdout: "42\n8\n", stderr: "" });
});

/** A program that tests itself, from its own top level. */
const TESTS_ITSELF = `
  import { AtomicInt32 } from "jsr:@interlock/threading@^0.1.0";
  import { explore, linearize, litmus } from "jsr:@interlock/threading@^0.1.0/testing";

  export function increment({ count }: { count: AtomicInt32 }) {
    count.store(count.load() + 1);
  }
  export const one = () => 1;

  if (import.meta.main) {
    const found = await explore({
      module: import.meta.url,
      threads: [increment, increment],
      setup: () => ({ count: new AtomicInt32() }),
      final: ({ count }) => count.load() === 2,
    });
    console.log(found.failure?.kind, found.failure?.schedule);
    const linear = await linearize({
      object: () => new AtomicInt32(),
      operations: { load: () => [] },
      model: { state: () => 0, operations: { load: () => 0 } },
      scenarios: 1,
    });
    const seen = await litmus({
      module: import.meta.url,
      actors: [one, one],
      allowed: ["1,1"],
      ms: 10,
    });
    console.log(linear.complete, seen.ok);
  }
`;

test("the tester runs from JSR, and on the program that calls it, with -R=.", async () => {
  const ended = await run(["--check", "-R=."], { "main.ts": TESTS_ITSELF });
  assertEquals(ended, {
    code: 0,
    stdout: "final v1:a2b\ntrue true\n",
    stderr: "",
  });
});
