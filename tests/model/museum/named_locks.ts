import { exhibit, lock, section, unlock, words } from "./exhibit.ts";

const NONE = 0;

const setup = (right: boolean) => ({
  right,
  /** Which mutex has the name. */
  name: words(),
  made: words(),
  mutexes: words(3),
  inside: words(),
});
type State = ReturnType<typeof setup>;

function mutexOfName({ right, name, made }: State): number {
  const known = Atomics.load(name, 0);
  if (known !== NONE) return known;
  const mine = Atomics.add(made, 0, 1) + 1;
  if (right) return Atomics.compareExchange(name, 0, NONE, mine) || mine;
  Atomics.store(name, 0, mine);
  return mine;
}

export function visit(state: State): void {
  const { mutexes, inside } = state;
  const at = mutexOfName(state);
  lock(mutexes, at);
  section(inside);
  unlock(mutexes, at);
}

// Two threads look the name up, and both find nothing: each makes a lock of its own,
// and nobody decides which of the two it is.
export const namedLocks = exhibit({
  bug: "(c) 28",
  title: "A named lock that is made at its first use is two locks",
  kinds: ["exception"],
  module: import.meta.url,
  threads: [visit, visit],
  setup,
});
