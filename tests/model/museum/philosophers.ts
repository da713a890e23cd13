import { exhibit, lock, unlock, words } from "./exhibit.ts";

const SEATS = 3;

const setup = (right: boolean) => ({ right, forks: words(SEATS) });
type State = ReturnType<typeof setup>;

function dine({ right, forks }: State, seat: number): void {
  const hands = [seat, (seat + 1) % SEATS];
  if (right) hands.sort((a, b) => a - b);
  for (const fork of hands) lock(forks, fork);
  for (const fork of hands) unlock(forks, fork);
}

export function first(state: State): void {
  dine(state, 0);
}

export function second(state: State): void {
  dine(state, 1);
}

export function third(state: State): void {
  dine(state, 2);
}

// Each takes the fork on the left, and waits for the one on the right. Between the two
// the neighbour takes it.
export const philosophers = exhibit({
  bug: "classic",
  title: "Philosophers who all begin on the left wait for each other",
  kinds: ["deadlock"],
  module: import.meta.url,
  threads: [first, second, third],
  setup,
});
