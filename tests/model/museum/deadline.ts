import { exhibit, words } from "./exhibit.ts";

const TIMEOUT = 100;

const setup = (right: boolean) => ({ right, news: words(), clock: words() });
type State = ReturnType<typeof setup>;

/** Waits for the third news, but not longer than TIMEOUT. */
function waitForThird({ right, news }: State): boolean {
  const start = performance.now();
  for (;;) {
    const seen = Atomics.load(news, 0);
    if (seen === 3) return true;
    const left = right ? start + TIMEOUT - performance.now() : TIMEOUT;
    if (Atomics.wait(news, 0, seen, left) === "timed-out") return false;
  }
}

export function listen(state: State): void {
  const start = performance.now();
  waitForThird(state);
  const elapsed = performance.now() - start;
  if (elapsed > TIMEOUT) throw new Error(`a wait of ${elapsed} ms`);
}

export function tell({ news, clock }: State): void {
  for (let i = 0; i < 2; i++) {
    Atomics.wait(clock, 0, 0, 60);
    Atomics.add(news, 0, 1);
    Atomics.notify(news, 0);
  }
}

// Each retry waits for the whole timeout again, so wakes that are not the one waited
// for prolong it without end.
export const noDeadline = exhibit({
  bug: "(c) 17",
  title: "A timeout that begins anew after each wake is no timeout",
  kinds: ["exception"],
  module: import.meta.url,
  threads: [listen, tell],
  setup,
});
