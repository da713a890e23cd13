import { exhibit, words } from "./exhibit.ts";

const setup = (right: boolean) => ({ right, permits: words().fill(2) });
type State = ReturnType<typeof setup>;

function tryAcquire({ right, permits }: State): boolean {
  let free = Atomics.load(permits, 0);
  while (free > 0) {
    const found = Atomics.compareExchange(permits, 0, free, free - 1);
    if (found === free) return true;
    if (!right) return false;
    free = found;
  }
  return false;
}

export function take(state: State): void {
  if (!tryAcquire(state)) throw new Error("refused, with a permit for each");
}

// Between the look and the exchange another takes a permit. That the number is another
// one does not say that none is left.
export const oneAttempt = exhibit({
  bug: "(c) 11",
  title: "A tryAcquire with one attempt refuses though permits are left",
  kinds: ["exception"],
  module: import.meta.url,
  threads: [take, take],
  setup,
});
