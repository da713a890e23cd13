// Builds a folder for production: node build.mjs vite|webpack SOURCE OUT
import { copyFileSync } from "node:fs";
import process from "node:process";

const [bundler, source, out] = process.argv.slice(2);
// What Deno would look for here is only in the folder that this is copied to.
const load = (name) => import(name);

const BUILDS = {
  async vite() {
    const { build } = await load("vite");
    await build({
      root: source,
      base: "./",
      logLevel: "warn",
      build: { outDir: out, emptyOutDir: true, target: "esnext" },
      worker: { format: "es" },
    });
  },
  async webpack() {
    const { default: webpack } = await load("webpack");
    const compiler = webpack({
      mode: "production",
      context: source,
      entry: "./main.js",
      experiments: { outputModule: true },
      output: { path: out, filename: "main.js", module: true, clean: true },
    });
    const stats = await new Promise((resolve, reject) =>
      compiler.run((error, stats) => error ? reject(error) : resolve(stats))
    );
    if (stats.hasErrors()) throw new Error(stats.toString());
    for (const { message } of stats.toJson().warnings) console.log(message);
    copyFileSync(`${source}/index.html`, `${out}/index.html`);
  },
};

await BUILDS[bundler]();
console.log("built");
