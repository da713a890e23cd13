import { exhibit, lock, section, unlock, words } from "./exhibit.ts";

const setup = (right: boolean) => ({ right, mutex: words(), inside: words() });
type State = ReturnType<typeof setup>;

class Guard {
  readonly #state: State;
  #disposed = false;

  constructor(state: State) {
    this.#state = state;
    lock(state.mutex);
  }

  dispose(): void {
    if (this.#state.right && this.#disposed) return;
    this.#disposed = true;
    unlock(this.#state.mutex);
  }
}

export function visit(state: State): void {
  const guard = new Guard(state);
  section(state.inside);
  guard.dispose();
}

export function disposeTwice(state: State): void {
  const guard = new Guard(state);
  guard.dispose();
  guard.dispose();
  visit(state);
}

// A guard knows the lock, but not that its own hold is over. Between its first dispose
// and the second another thread gets the lock, and loses it.
export const staleGuard = exhibit({
  bug: "(c) 9",
  title: "A guard that is disposed of twice frees the lock of the next holder",
  kinds: ["exception"],
  module: import.meta.url,
  threads: [disposeTwice, visit],
  setup,
});
