import { exhibit, section, words } from "./exhibit.ts";

const FREE = 0, TERMINATED = 1, HEIR = 2, THIRD = 3;

const setup = (right: boolean) => ({ right, holder: words(), inside: words() });
type State = ReturnType<typeof setup>;

function acquire({ holder }: State, me: number): void {
  for (;;) {
    const seen = Atomics.compareExchange(holder, 0, FREE, me);
    if (seen === FREE) return;
    Atomics.wait(holder, 0, seen);
  }
}

function release({ right, holder }: State, me: number): void {
  if (!right) Atomics.store(holder, 0, FREE);
  else if (Atomics.compareExchange(holder, 0, me, FREE) !== me) return;
  Atomics.notify(holder, 0);
}

/** Was told to end, and still runs. */
export function linger(state: State): void {
  acquire(state, TERMINATED);
  release(state, TERMINATED);
}

export function inherit(state: State): void {
  const { holder, inside } = state;
  const seen = Atomics.compareExchange(holder, 0, TERMINATED, HEIR);
  if (seen !== TERMINATED) acquire(state, HEIR);
  section(inside);
  release(state, HEIR);
}

export function visit(state: State): void {
  acquire(state, THIRD);
  section(state.inside);
  release(state, THIRD);
}

// The lock of a thread that was terminated goes to another. The thread is not dead yet:
// its unlock comes after that, and does not ask whose lock it is.
export const lateUnlock = exhibit({
  bug: "(c) 19",
  title: "A thread that still runs after its end unlocks what its heir holds",
  kinds: ["exception"],
  module: import.meta.url,
  threads: [linger, inherit, visit],
  setup,
});
