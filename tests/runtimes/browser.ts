/**
 * A page in headless Chromium, served as it must be for shared memory.
 */

/** What a page says of itself. */
export interface PageResult {
  readonly passed: number;
  readonly failures: readonly string[];
}

/** The headers that isolate a page. */
export const ISOLATED: Record<string, string> = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

const TYPES: Record<string, string> = {
  html: "text/html",
  js: "text/javascript",
};

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--enable-logging=stderr",
];

/** The Chromium of this machine, if it has one. */
export async function findChromium(): Promise<string | undefined> {
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    try {
      const command = new Deno.Command(name, {
        args: ["--version"],
        stdout: "null",
        stderr: "null",
      });
      if ((await command.output()).success) return name;
    } catch {
      // Not this one.
    }
  }
  return undefined;
}

/** How a page is opened. */
export interface PageOptions {
  /** What follows its path; nothing if left out. */
  query?: string;
  /** What it and its scripts are served with; what isolates it if left out. */
  headers?: Record<string, string>;
  /** A module that is added to it. */
  script?: string;
}

const DEADLINE = 60_000;

/** Serves the folder, opens its page, and waits for what that posts to /result. */
export async function openPage(
  chromium: string,
  folder: string,
  { query = "", headers = ISOLATED, script }: PageOptions = {},
): Promise<PageResult> {
  const { promise, resolve, reject } = Promise.withResolvers<PageResult>();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/result") {
        resolve(await request.json());
        return new Response();
      }
      const path = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
      try {
        let file: BodyInit = await Deno.readFile(folder + path);
        if (path.endsWith("/index.html") && script !== undefined) {
          file = new Blob([file, `<script type="module">${script}</script>`]);
        }
        const type = TYPES[path.split(".").at(-1)!];
        return new Response(file, {
          headers: { ...headers, ...(type && { "content-type": type }) },
        });
      } catch {
        return new Response(null, { status: 404 });
      }
    },
  );
  const profile = await Deno.makeTempDir();
  const browser = new Deno.Command(chromium, {
    args: [
      ...FLAGS,
      `--user-data-dir=${profile}`,
      `http://127.0.0.1:${server.addr.port}/${query}`,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const said = new Response(browser.stderr).text();
  const timer = setTimeout(
    () => reject(new Error(`no result in ${DEADLINE / 1000} s`)),
    DEADLINE,
  );
  try {
    return await promise;
  } catch (error) {
    browser.kill("SIGKILL");
    const lines = (await said).split("\n").filter((line) =>
      line.includes("CONSOLE")
    );
    throw new Error([(error as Error).message, ...lines].join("\n"));
  } finally {
    clearTimeout(timer);
    try {
      browser.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await said;
    await browser.status;
    await server.shutdown();
    await Deno.remove(profile, { recursive: true }).catch(() => {});
  }
}
