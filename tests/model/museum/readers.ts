import { exhibit, words } from "./exhibit.ts";

const FREE = 0, WRITER = -1;

const setup = (right: boolean) => ({ right, holders: words() });
type State = ReturnType<typeof setup>;

function enter({ right, holders }: State, reads: boolean): void {
  const seen = Atomics.load(holders, 0);
  if (reads && seen >= FREE) {
    const next = seen + 1;
    if (Atomics.compareExchange(holders, 0, seen, next) === seen) return;
  }
  for (;;) {
    const seen = Atomics.load(holders, 0), shares = reads && right;
    if (shares ? seen < FREE : seen !== FREE) Atomics.wait(holders, 0, seen);
    else {
      const next = shares ? seen + 1 : WRITER;
      if (Atomics.compareExchange(holders, 0, seen, next) === seen) return;
    }
  }
}

function leave({ holders }: State, reads: boolean): void {
  if (reads) Atomics.sub(holders, 0, 1);
  else Atomics.store(holders, 0, FREE);
  Atomics.notify(holders, 0);
}

export function read(state: State): void {
  enter(state, true);
  leave(state, true);
}

export function readThenWrite(state: State): void {
  read(state);
  enter(state, false);
  leave(state, false);
}

// Who lost its first attempt takes the lock in a loop that does not look at what was
// asked for. Another reader comes and goes between a reader's look and its exchange;
// then it reads as a writer, and leaves as a reader.
export const readerAsWriter = exhibit({
  bug: "(c) 15",
  title:
    "A reader that loses a race takes the lock of writers, and leaves it broken",
  kinds: ["deadlock", "lost wake-up"],
  module: import.meta.url,
  threads: [read, readThenWrite],
  setup,
});
