import { exhibit, words } from "./exhibit.ts";

const TIMEOUT = 50;

const setup = (right: boolean) => ({ right, permits: words() });
type State = ReturnType<typeof setup>;

function tryTake(permits: State["permits"]): boolean {
  return Atomics.compareExchange(permits, 0, 1, 0) === 1;
}

function release({ permits }: State, wakes: number): void {
  Atomics.store(permits, 0, 1);
  Atomics.notify(permits, 0, wakes);
}

export async function giveUp(state: State): Promise<void> {
  const { right, permits } = state;
  const late = new Promise<string>((resolve) => {
    if (!right) setTimeout(resolve, TIMEOUT, "timed-out");
  });
  while (!tryTake(permits)) {
    const timeout = right ? TIMEOUT : Infinity;
    const wait = Atomics.waitAsync(permits, 0, 0, timeout);
    if (!wait.async) continue;
    if (await Promise.race([wait.value, late]) === "timed-out") return;
  }
  release(state, 1);
}

export function borrow(state: State): void {
  while (!tryTake(state.permits)) Atomics.wait(state.permits, 0, 0);
  release(state, 1);
}

export function give(state: State): void {
  release(state, 1);
}

export function borrowAmongZombies(state: State): void {
  while (!tryTake(state.permits)) Atomics.wait(state.permits, 0, 0);
  giveAmongZombies(state);
}

export function giveAmongZombies(state: State): void {
  release(state, state.right ? Infinity : 1);
}

// Who gives up turns away from its wait, which stays in the list: the next notify is
// for nobody. The wait's own timeout takes it out of the list.
export const abandonedWait = exhibit({
  bug: "(c) 18",
  title:
    "A waitAsync that was abandoned absorbs the notify that was for another",
  kinds: ["lost wake-up"],
  options: { timeouts: "explore" },
  module: import.meta.url,
  threads: [giveUp, borrow, give],
  setup,
});

// A thread that was terminated in its sleep stays in the list, and is woken in the
// place of a live one. Where that can be, a wake must be for all.
export const zombie = exhibit({
  bug: "(c) 18",
  title:
    "A thread that died in its sleep absorbs the notify that was for another",
  kinds: ["lost wake-up"],
  options: { faults: { zombie: 1 }, recheck: false },
  module: import.meta.url,
  threads: [borrowAmongZombies, borrowAmongZombies, giveAmongZombies],
  setup,
});
