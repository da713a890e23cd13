import { exhibit, section, words } from "./exhibit.ts";

const setup = (right: boolean) => ({
  right,
  mutex: words(),
  sleepers: words(),
  inside: words(),
});
type State = ReturnType<typeof setup>;

export function visitTwoStates(state: State): void {
  const { right, mutex, sleepers, inside } = state;
  while (Atomics.compareExchange(mutex, 0, 0, 1) !== 0) {
    Atomics.add(sleepers, 0, 1);
    Atomics.wait(mutex, 0, 1);
    Atomics.sub(sleepers, 0, 1);
  }
  section(inside);
  const look = () => Atomics.load(sleepers, 0) > 0;
  const early = !right && look();
  Atomics.store(mutex, 0, 0);
  if (right ? look() : early) Atomics.notify(mutex, 0, 1);
}

export function visitThreeStates({ right, mutex, inside }: State): void {
  let mark = 1;
  while (Atomics.compareExchange(mutex, 0, 0, mark) !== 0) {
    if (Atomics.compareExchange(mutex, 0, 1, 2) !== 0) {
      Atomics.wait(mutex, 0, 2);
    }
    if (right) mark = 2;
  }
  section(inside);
  if (Atomics.exchange(mutex, 0, 0) === 2) Atomics.notify(mutex, 0, 1);
}

// Unlock looks for sleepers before it frees the mutex. Between the two a thread finds
// it held, and goes to sleep.
export const forgottenSleeper = exhibit({
  bug: "classic",
  title:
    "A mutex that looks for sleepers before it is free forgets the next one",
  kinds: ["lost wake-up"],
  module: import.meta.url,
  threads: [visitTwoStates, visitTwoStates],
  setup,
});

// Who comes back from a sleep marks the mutex "held", not "held with sleepers", though
// others may sleep on: its unlock wakes nobody.
export const unmarkedReturn = exhibit({
  bug: "classic",
  title: "A sleeper that comes back as if nobody slept strands the others",
  kinds: ["lost wake-up"],
  module: import.meta.url,
  threads: [visitThreeStates, visitThreeStates, visitThreeStates],
  setup,
});
