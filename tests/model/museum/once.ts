import { shared } from "../../../testing/mod.ts";
import { exhibit, words } from "./exhibit.ts";

const NEW = 0, RUNNING = 1, DONE = 2;

const state = (waitsForWinner: boolean, forgetsFailure: boolean) => ({
  waitsForWinner,
  forgetsFailure,
  progress: words(),
  value: shared(words()),
  attempts: words(),
});
type State = ReturnType<typeof state>;

function once(state: State, init: () => void): void {
  const { waitsForWinner, forgetsFailure, progress } = state;
  for (;;) {
    const seen = Atomics.compareExchange(progress, 0, NEW, RUNNING);
    if (seen === NEW) break;
    if (seen === DONE || !waitsForWinner) return;
    Atomics.wait(progress, 0, RUNNING);
  }
  let next = forgetsFailure ? DONE : NEW;
  try {
    init();
    next = DONE;
  } finally {
    Atomics.store(progress, 0, next);
    Atomics.notify(progress, 0);
  }
}

function mustBeThere({ value }: State): void {
  if (value[0] !== 42) throw new Error("there is no value");
}

export function use(state: State): void {
  once(state, () => state.value[0] = 42);
  mustBeThere(state);
}

export function useAfterFailure(state: State): void {
  const { attempts, value } = state;
  try {
    once(state, () => {
      if (Atomics.add(attempts, 0, 1) === 0) throw new RangeError("no luck");
      value[0] = 42;
    });
  } catch {
    return;
  }
  mustBeThere(state);
}

// Who does not win goes on at once. Between the winner's claim and its end there is no
// value yet.
export const earlyLoser = exhibit({
  bug: "(c) 20",
  title:
    "A once that lets losers through early shows them what is not made yet",
  kinds: ["data race", "exception"],
  module: import.meta.url,
  threads: [use, use],
  setup: (right) => state(right, false),
});

// The mark is set however the function ends, so after a failure everybody believes
// that the value is there.
export const failedOnce = exhibit({
  bug: "(c) 20",
  title:
    "A once that marks a failure as done leaves the next without the value",
  kinds: ["exception"],
  module: import.meta.url,
  threads: [useAfterFailure, useAfterFailure],
  setup: (right) => state(true, !right),
});
