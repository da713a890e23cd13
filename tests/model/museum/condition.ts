import { exhibit, lock, unlock, words } from "./exhibit.ts";

const state = (counts: boolean, looksAgain: boolean) => ({
  counts,
  looksAgain,
  mutex: words(),
  sequence: words(),
  items: words(),
});
type State = ReturnType<typeof state>;

function wait({ counts, mutex, sequence }: State): void {
  const seen = counts ? Atomics.load(sequence, 0) : 0;
  unlock(mutex);
  Atomics.wait(sequence, 0, seen);
  lock(mutex);
}

function notify({ counts, sequence }: State): void {
  if (counts) Atomics.add(sequence, 0, 1);
  Atomics.notify(sequence, 0, 1);
}

export function consume(shared: State): void {
  const { looksAgain, mutex, items } = shared;
  lock(mutex);
  if (looksAgain) { while (items[0] === 0) wait(shared); }
  else if (items[0] === 0) wait(shared);
  if (items[0] === 0) throw new Error("nothing is there to be consumed");
  items[0]!--;
  unlock(mutex);
}

export function produce(shared: State): void {
  const { mutex, items } = shared;
  lock(mutex);
  items[0]!++;
  unlock(mutex);
  notify(shared);
}

export function produceTwo(shared: State): void {
  produce(shared);
  produce(shared);
}

// The word that waiters sleep on never changes. Between the unlock and the wait a
// notify finds nobody, and then nothing tells the waiter that it came.
export const constantWord = exhibit({
  bug: "(c) 1",
  title:
    "A condition that waits on a constant word loses the notify between unlock and wait",
  kinds: ["lost wake-up"],
  module: import.meta.url,
  threads: [consume, produce],
  setup: (right) => state(right, true),
});

// Who is woken takes what it waited for as given. Between the notify and the lock
// another consumer comes in, and takes it.
export const ifForWhile = exhibit({
  bug: "classic",
  title:
    "A waiter that does not look again after its wake finds that another was faster",
  kinds: ["exception"],
  module: import.meta.url,
  threads: [consume, consume, produceTwo],
  setup: (right) => state(true, right),
});
