// Shared memory needs a page that is cross-origin isolated.
const headers = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

// The sources of this repository; not needed where the package is installed.
const source = (path) => new URL(`../../${path}`, import.meta.url).pathname;

export default {
  base: "./",
  build: { target: "esnext" },
  preview: { headers },
  resolve: {
    alias: {
      "@interlock/threading/worker": source("workers/worker.ts"),
      "@interlock/threading": source("mod.ts"),
    },
  },
  server: { headers, fs: { allow: [source("")] } },
  worker: { format: "es" },
};
