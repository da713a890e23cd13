import { exhibit, words } from "./exhibit.ts";

const NONE = 0, NODE = 0xff, TAG = 0x100;

const setup = (right: boolean) => {
  // 1 lies on 2, 2 on 3.
  const top = words().fill(1), under = words(4);
  under.set([0, 2, 3, NONE]);
  return { right, top, under, taken: words(4) };
};
type State = ReturnType<typeof setup>;

/** The next value of `top`; only in the right program it never comes back. */
function successor({ right }: State, seen: number, node: number): number {
  return right ? (seen & ~NODE) + TAG | node : node;
}

function pop(state: State): number {
  const { top, under, taken } = state;
  for (;;) {
    const seen = Atomics.load(top, 0), node = seen & NODE;
    if (node === NONE) return NONE;
    const next = successor(state, seen, Atomics.load(under, node));
    if (Atomics.compareExchange(top, 0, seen, next) !== seen) continue;
    if (Atomics.add(taken, node, 1) !== 0) {
      throw new Error(`two threads have node ${node}`);
    }
    return node;
  }
}

function push(state: State, node: number): void {
  const { top, under, taken } = state;
  Atomics.sub(taken, node, 1);
  for (;;) {
    const seen = Atomics.load(top, 0);
    Atomics.store(under, node, seen & NODE);
    const next = successor(state, seen, node);
    if (Atomics.compareExchange(top, 0, seen, next) === seen) return;
  }
}

export function popTwo(state: State): void {
  pop(state);
  pop(state);
}

export function popTwoPushFirst(state: State): void {
  const first = pop(state);
  pop(state);
  push(state, first);
}

// Between a look at the top and the exchange the same node comes back to the top, on
// another one. The exchange succeeds, and puts a node on top that another thread has.
export const aba = exhibit({
  bug: "classic",
  title: "A stack without tags takes a top that came back for one that stayed",
  kinds: ["exception"],
  module: import.meta.url,
  threads: [popTwo, popTwoPushFirst],
  setup,
});
