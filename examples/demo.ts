// Every example, with its outcome, and then a few measurements.
//
//     deno task demo

import { quick } from "../bench/support/quick.ts";

const EXAMPLES = [
  "quick_start",
  "seat_booking",
  "best_offer",
  "merge_sort",
  "mandelbrot",
  "travel_package",
  "flight_landing",
  "tour",
  "travel_agent",
  "counter",
  "recursion",
  "request_scope",
  "kitchen",
  "messages",
  "word_count",
  "pipeline",
  "own_lock",
  "scope",
  "trace_contention",
];

/** What an example needs, besides reading. */
const FLAGS: Record<string, string[]> = {
  mandelbrot: ["-W"],
  trace_contention: ["-W"],
};

/** Runs an example, and returns its outcome: what it prints last, after an empty line if it prints more. */
async function outcome(example: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-R=.", ...FLAGS[example] ?? [], `examples/${example}.ts`],
    cwd: new URL("..", import.meta.url),
    signal: AbortSignal.timeout(60_000),
  }).output();
  if (!success) {
    throw new Error(
      `${example}.ts failed:\n${new TextDecoder().decode(stderr)}`,
    );
  }
  return new TextDecoder().decode(stdout).trim().split("\n\n").at(-1)!;
}

if (import.meta.main) {
  for (const example of EXAMPLES) {
    console.log(`${example}.ts`);
    console.log((await outcome(example)).replace(/^/gm, "  "));
  }
  console.log();
  await quick();
}
