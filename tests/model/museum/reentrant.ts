import { exhibit, lock, section, unlock, words } from "./exhibit.ts";

const setup = (right: boolean) => ({
  right,
  mutex: words(),
  owner: words(),
  depth: words(),
  inside: words(),
});
type State = ReturnType<typeof setup>;

function acquire({ right, mutex, owner, depth }: State, me: number): void {
  if (Atomics.load(owner, 0) !== me) {
    lock(mutex);
    Atomics.store(owner, 0, me);
  }
  depth[0] = right ? depth[0]! + 1 : 1;
}

function release({ mutex, owner, depth }: State): void {
  if (--depth[0]! > 0) return;
  Atomics.store(owner, 0, 0);
  unlock(mutex);
}

export function nest(state: State): void {
  acquire(state, 1);
  acquire(state, 1);
  release(state);
  section(state.inside);
  release(state);
}

export function visit(state: State): void {
  acquire(state, 2);
  section(state.inside);
  release(state);
}

// The depth is a flag: the inner release ends the outer hold, and others come in
// between it and the outer release.
export const flagForDepth = exhibit({
  bug: "(c) 10",
  title:
    "A reentrant lock with a flag for its depth is free after the inner release",
  kinds: ["exception"],
  module: import.meta.url,
  threads: [nest, visit],
  setup,
});
