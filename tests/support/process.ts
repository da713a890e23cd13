/**
 * Programs in a process of their own.
 */

/** How a program ended, and what it wrote. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where and how a program runs. */
export interface RunOptions {
  /** The folder it runs in; the repository if left out. */
  cwd?: string | URL;
  env?: Record<string, string>;
  /** How long it may take, in milliseconds. */
  deadline?: number;
}

/** The folder of the repository. */
export const REPOSITORY: URL = new URL("../../", import.meta.url);

/** Runs `deno` with these arguments; throws, and ends the process, if it outlives the deadline. */
export async function deno(
  args: string[],
  { cwd = REPOSITORY, env = {}, deadline = 20_000 }: RunOptions = {},
): Promise<Ended> {
  const process = new Deno.Command(Deno.execPath(), {
    args,
    cwd,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    process.kill("SIGKILL");
  }, deadline);
  const output = await process.output();
  clearTimeout(timer);
  const stdout = new TextDecoder().decode(output.stdout);
  const stderr = new TextDecoder().decode(output.stderr);
  if (late) {
    throw new Error(
      `deno ${
        args.join(" ")
      } did not end in ${deadline} ms\n${stdout}\n${stderr}`,
    );
  }
  return { code: output.code, stdout, stderr };
}

/** Runs a program that must succeed and write nothing to stderr; returns what it wrote. */
export async function succeed(
  args: string[],
  options?: RunOptions,
): Promise<string> {
  const { code, stdout, stderr } = await deno(args, options);
  if (code !== 0 || stderr !== "") {
    throw new Error(
      `deno ${args.join(" ")} ended with ${code}\n${stdout}\n${stderr}`,
    );
  }
  return stdout;
}
