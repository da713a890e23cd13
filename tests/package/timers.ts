// A program that does nothing but to start timers.
//
//     timers.ts pending|cancelled
import { sleep, type Task, task, Timer } from "@interlock/threading";

export const print: Task<(text: string) => void> = task(
  import.meta,
  function print(text) {
    console.log(text);
  },
);

/** Throws where nobody catches it, and says so on the standard output. */
export const stray: Task<() => void> = task(import.meta, function stray() {
  console.error = () => console.log("caught");
  queueMicrotask(() => {
    throw new RangeError("on purpose");
  });
});

if (import.meta.main) {
  const pending = Deno.args[0] === "pending";
  new Timer(60_000, print, ["never started"]);
  new Timer(60_000, print, ["cancelled at once"]).start().cancel();
  const timers = [
    new Timer(pending ? 300 : 60_000, stray).start(),
    new Timer(pending ? 700 : 60_000, print, ["ran"]).start(),
  ];
  console.log("started");
  sleep(100);
  if (!pending) { for (const timer of timers) timer.cancel(); }
}
