import { exhibit, section, words } from "./exhibit.ts";

const setup = (right: boolean) => ({
  right,
  wants: words(2),
  turn: words(),
  inside: words(),
});
type State = ReturnType<typeof setup>;

function visit({ right, wants, turn, inside }: State, me: number): void {
  const other = 1 - me;
  if (right) Atomics.store(wants, me, 1);
  Atomics.store(turn, 0, other);
  while (Atomics.load(wants, other) === 1 && Atomics.load(turn, 0) === other) {
    Atomics.pause();
  }
  if (!right) Atomics.store(wants, me, 1);
  section(inside);
  Atomics.store(wants, me, 0);
}

export function first(state: State): void {
  visit(state, 0);
}

export function second(state: State): void {
  visit(state, 1);
}

// Each looks whether the other wants to go in before it says that it does itself, so
// both see that nobody does.
export const flagAfterLook = exhibit({
  bug: "classic",
  title: "Peterson's lock with the flag set after the look lets both in",
  kinds: ["exception"],
  module: import.meta.url,
  threads: [first, second],
  setup,
});
