import { down, exhibit, up, words } from "./exhibit.ts";

const MESSAGES = [41, 42], SLOTS = 2, EMPTY = 0;

const setup = (right: boolean) => ({
  right,
  ready: words(),
  content: words(SLOTS),
  /** How often each slot was filled. */
  stamps: words(SLOTS),
  order: words(MESSAGES.length),
});
type State = ReturnType<typeof setup>;

export function send({ ready, content, stamps, order }: State): void {
  for (const [i, message] of MESSAGES.entries()) {
    let slot = 0;
    while (Atomics.compareExchange(content, slot, EMPTY, message) !== EMPTY) {
      slot = (slot + 1) % SLOTS;
    }
    Atomics.add(stamps, slot, 1);
    order[i] = slot;
    up(ready);
  }
}

export function receive({ right, ready, content, stamps, order }: State): void {
  const cache = new Map<number, { message: number; stamp: number }>();
  for (const [i, message] of MESSAGES.entries()) {
    down(ready);
    const slot = order[i]!, stamp = Atomics.load(stamps, slot);
    let known = cache.get(slot);
    if (!known || right && known.stamp !== stamp) {
      known = { message: Atomics.load(content, slot), stamp };
      cache.set(slot, known);
    }
    Atomics.store(content, slot, EMPTY);
    if (known.message !== message) throw new Error("an old message came back");
  }
}

// What a thread keeps of a slot is valid for it until the end. If the other thread
// fills the slot anew, rather than the next one, the old content is seen.
export const staleCache = exhibit({
  bug: "(c) 8",
  title:
    "A cache by address that the other thread's reuse of it does not void has old content",
  kinds: ["exception"],
  module: import.meta.url,
  threads: [send, receive],
  setup,
});
