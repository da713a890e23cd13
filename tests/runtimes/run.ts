/**
 * Runs the packed package where it says it runs: `deno task runtimes`.
 *
 * It packs the package and installs the tarball with npm, and the runtimes and bundlers,
 * which stay in the user's cache. Each `*.mjs` with a test runs in each runtime, and
 * must end by itself. `web/` is built by each bundler, `examples/web` too, and their pages
 * opened in Chromium, if this machine has it. Words after the command choose: those
 * whose name has all of them, such as `deno task runtimes bun pool`.
 */

import { findChromium } from "./browser.ts";
import { testExample, testPages } from "./pages.ts";

const HERE = import.meta.dirname!, REPOSITORY = `${HERE}/../..`;

/** What is installed with npm when it is needed: the package and its version. */
const PACKAGES: Record<string, [name: string, version: string]> = {
  node22: ["node", "22.23.3"],
  node24: ["node", "24.21.0"],
  bun: ["bun", "1.4.5"],
  vite: ["vite", "8.3.8"],
  webpack: ["webpack", "5.112.2"],
};

/** The programs in them. */
const PROGRAMS: Record<string, string> = {
  node22: "bin/node",
  node24: "bin/node",
  bun: "bin/bun.exe",
};

const BUNDLERS = ["vite", "webpack"];

const CACHE = `${
  Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`
}/interlock`;

const DEADLINE = 120_000;

/** Runs a program in a folder; returns what it wrote, or throws that if it fails or is late. */
async function run(
  program: string,
  args: string[],
  cwd: string,
): Promise<string> {
  const process = new Deno.Command(program, {
    args,
    cwd,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let late = "";
  const timer = setTimeout(() => {
    late = `, killed after ${DEADLINE / 1000} s`;
    process.kill("SIGKILL");
  }, DEADLINE);
  const { code, stdout, stderr } = await process.output();
  clearTimeout(timer);
  const decoder = new TextDecoder();
  const written = decoder.decode(stdout) + decoder.decode(stderr);
  if (code === 0) return written;
  throw new Error(`exit code ${code}${late}\n${written}`);
}

/** The folder of a package, which is installed if the cache has not got it. */
async function provide(key: string): Promise<string> {
  const [name, version] = PACKAGES[key]!;
  const folder = `${CACHE}/${name}-${version}`, complete = `${folder}/complete`;
  try {
    await Deno.stat(complete);
  } catch {
    await Deno.mkdir(folder, { recursive: true });
    await npm(folder, `${name}@${version}`);
    await Deno.writeTextFile(complete, "");
  }
  return `${folder}/node_modules/${name}`;
}

async function programOf(key: string): Promise<string> {
  return `${await provide(key)}/${PROGRAMS[key]}`;
}

/** Installs what is named, and nothing that a package file would. */
async function npm(folder: string, ...packages: string[]): Promise<void> {
  await Deno.writeTextFile(
    `${folder}/package.json`,
    '{ "private": true, "type": "module" }',
  );
  const options = ["--no-save", "--no-audit", "--no-fund"];
  await run("npm", ["install", ...options, ...packages], folder);
}

/** A folder with the tests and the packed package. */
async function install(): Promise<string> {
  const app = await Deno.makeTempDir();
  const tarball = `${app}/package.tgz`;
  const pack = ["pack", "--allow-dirty", "--output", tarball];
  await run(Deno.execPath(), pack, REPOSITORY);
  await npm(app, tarball);
  for (const folder of ["", "/web"]) {
    await Deno.mkdir(app + folder, { recursive: true });
    for await (const { name, isFile } of Deno.readDir(HERE + folder)) {
      const path = `${folder}/${name}`;
      if (isFile) await Deno.copyFile(HERE + path, app + path);
    }
  }
  return app;
}

/** A test: its name, and what throws if it fails. */
type Test = [name: string, run: () => Promise<void>];

async function testsIn(app: string): Promise<Test[]> {
  const tests: Test[] = [], scripts: string[] = [];
  for await (const { name } of Deno.readDir(HERE)) {
    if (name.endsWith(".mjs") && name !== "build.mjs") scripts.push(name);
  }
  for (const script of scripts.sort()) {
    for (const name of Object.keys(PROGRAMS)) {
      tests.push([`${name} ${script}`, async () => {
        const written = await run(await programOf(name), [script], app);
        if (written !== "passed\n") throw new Error(written);
      }]);
    }
  }
  const chromium = await findChromium();
  if (chromium === undefined) {
    console.log("skipped: there is no Chromium for what is built");
    return tests;
  }
  const build = async (bundler: string, source: string, out: string) => {
    const link = `${app}/node_modules/${bundler}`;
    await Deno.remove(link).catch(() => {});
    await Deno.symlink(await provide(bundler), link);
    const args = ["build.mjs", bundler, source, out];
    await run(await programOf("node24"), args, app);
    return out;
  };
  for (const bundler of BUNDLERS) {
    tests.push([`${bundler} web`, async () => {
      const out = await build(bundler, `${app}/web`, `${app}/out-${bundler}`);
      await testPages(chromium, out);
    }]);
  }
  tests.push(["vite example", async () => {
    const source = `${REPOSITORY}/examples/web`;
    await testExample(chromium, await build("vite", source, `${app}/out`));
  }]);
  return tests;
}

const app = await install();
let passed = 0, failed = 0;
try {
  for (const [name, test] of await testsIn(app)) {
    if (!Deno.args.every((word) => name.includes(word))) continue;
    const begin = performance.now();
    let error: Error | undefined;
    try {
      await test();
      passed++;
    } catch (thrown) {
      error = thrown as Error;
      failed++;
    }
    const seconds = ((performance.now() - begin) / 1000).toFixed(1);
    const state = error === undefined ? "ok    " : "FAILED";
    console.log(`${state} ${name.padEnd(24)} ${seconds.padStart(5)} s`);
    if (error !== undefined) console.log(error.message);
  }
} finally {
  await Deno.remove(app, { recursive: true });
}
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0 || passed === 0) Deno.exit(1);
