/**
 * The progress of a report, on stderr.
 *
 * @module
 */

import { Presets, SingleBar } from "./progress_library.ts";

/** A bar in a terminal; a line for each tenth elsewhere. */
export class ProgressBar {
  readonly #bar: SingleBar | undefined;
  readonly #start = performance.now();
  #tenths = 0;

  /** Begins a bar. */
  constructor() {
    if (!Deno.stderr.isTerminal()) return;
    const format = "{bar} {percentage} % | {minutes} min | {what}";
    this.#bar = new SingleBar(
      { format, hideCursor: true },
      Presets.shades_grey,
    );
    this.#bar.start(1000, 0, { minutes: "0.0", what: "" });
  }

  /** Shows how much is done, from 0 to 1, and what comes next. */
  show(done: number, what: string): void {
    const minutes = ((performance.now() - this.#start) / 60_000).toFixed(1);
    if (this.#bar !== undefined) {
      // Work between two calls blocks the event loop, so the bar has no timer of its own.
      this.#bar.update(Math.floor(done * 1000), { minutes, what });
      this.#bar.render();
    } else if (done * 10 >= this.#tenths) {
      console.error(`${this.#tenths * 10} %, ${minutes} min: ${what}`);
      this.#tenths = Math.floor(done * 10) + 1;
    }
  }

  /** Ends the bar. */
  end(): void {
    this.#bar?.stop();
  }
}
