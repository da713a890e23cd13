/**
 * How far a search is, on a terminal.
 *
 * @module
 */

import type { Progress } from "./_search.ts";

/** A line on the terminal that tells how far the search is; nothing elsewhere. */
export function progressLine(): {
  show(progress: Progress): void;
  clear(): void;
} {
  const out = (globalThis as { Deno?: typeof Deno }).Deno?.stderr;
  let shown = 0;
  const write = (text: string) =>
    out?.writeSync(new TextEncoder().encode(text));
  return {
    show({ executions, steps, time }) {
      if (time < 1000 || time - shown < 500 || !out?.isTerminal()) return;
      shown = time;
      write(
        `\r\x1b[Kexploring: ${executions} executions, ${steps} steps, ${
          (time / 1000).toFixed(0)
        } s`,
      );
    },
    clear() {
      if (shown > 0) write("\r\x1b[K");
    },
  };
}
