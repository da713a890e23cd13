import { exhibit, section, words } from "./exhibit.ts";

const CLEAR = 0, HELD = 1, CONTENDED = 2;

const setup = (right: boolean) => {
  const free = right ? CLEAR : CONTENDED;
  return { free, word: words().fill(free), inside: words() };
};

export function visit({ free, word, inside }: ReturnType<typeof setup>): void {
  while (Atomics.compareExchange(word, 0, free, HELD) !== free) Atomics.pause();
  section(inside);
  Atomics.store(word, 0, CLEAR);
}

// The lock takes "contended" for its free state, and leaves "clear" behind: from then
// on it is neither free nor held.
export const strayState = exhibit({
  bug: "(c) 5",
  title:
    "A lock that does not come back to its own free state spins for ever the second time",
  kinds: ["livelock"],
  module: import.meta.url,
  threads: [visit, visit],
  setup,
});
