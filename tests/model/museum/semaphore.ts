import { down, exhibit, up, words } from "./exhibit.ts";

const state = (
  { onEdge = false, elsewhere = false, wakesAll = false },
) => ({
  onEdge,
  elsewhere,
  wakesAll,
  permits: words(),
  sleepers: words(),
  served: words(),
});
type State = ReturnType<typeof state>;

function acquire({ permits, sleepers }: State, n: number): void {
  for (;;) {
    const free = Atomics.load(permits, 0);
    if (free >= n) {
      if (Atomics.compareExchange(permits, 0, free, free - n) === free) return;
    } else {
      Atomics.add(sleepers, 0, 1);
      Atomics.wait(permits, 0, free);
      Atomics.sub(sleepers, 0, 1);
    }
  }
}

function release(shared: State): void {
  const { onEdge, elsewhere, wakesAll, permits, sleepers } = shared;
  const before = Atomics.add(permits, 0, 1);
  if (onEdge && before !== 0) return;
  Atomics.notify(elsewhere ? sleepers : permits, 0, wakesAll ? Infinity : 1);
}

export function takeOne(shared: State): void {
  acquire(shared, 1);
}

export function takeTwo(shared: State): void {
  acquire(shared, 2);
}

export function give(shared: State): void {
  release(shared);
}

export function giveTwice(shared: State): void {
  release(shared);
  release(shared);
}

export function borrowOne(shared: State): void {
  acquire(shared, 1);
  release(shared);
  up(shared.served);
}

export function giveBeforeAndAfterBorrowing(shared: State): void {
  release(shared);
  down(shared.served);
  release(shared);
}

// Only the release that finds no permit wakes. Before the sleeper it woke takes that
// permit, a second release finds one, and wakes nobody: the other sleeper stays.
export const onlyOnEdge = exhibit({
  bug: "(c) 2",
  title:
    "A semaphore that notifies on the edge from 0 to 1 alone strands the second sleeper",
  kinds: ["lost wake-up"],
  module: import.meta.url,
  threads: [takeOne, takeOne, giveTwice],
  setup: (right) => state({ onEdge: !right }),
});

// A permit wakes one sleeper, who may want two and sleeps again. Then nobody tells the
// sleeper behind it, for whom one is enough.
export const unlikeDemands = exhibit({
  bug: "(c) 3",
  title:
    "A release that wakes one sleeper wakes one who wants more, and passes over who wants less",
  kinds: ["lost wake-up"],
  module: import.meta.url,
  threads: [takeTwo, borrowOne, giveBeforeAndAfterBorrowing],
  setup: (right) => state({ wakesAll: right }),
});

// Sleepers sleep on the permits, and the wake goes to the word that counts them.
export const otherWord = exhibit({
  bug: "(c) 4",
  title: "A semaphore that notifies another word than it waits on wakes nobody",
  kinds: ["lost wake-up"],
  module: import.meta.url,
  threads: [takeOne, give],
  setup: (right) => state({ elsewhere: !right }),
});
