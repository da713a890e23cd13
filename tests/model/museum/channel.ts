import { shared } from "../../../testing/mod.ts";
import { down, exhibit, lock, unlock, up, words } from "./exhibit.ts";

const MESSAGES = [41, 42], SLOTS = 2;

const setup = (right: boolean) => ({
  right,
  room: words().fill(SLOTS),
  ready: words(),
  senders: words(),
  receivers: words(),
  /** The slot that is free first, and after each slot the next free one. */
  free: shared(words()),
  next: shared(words(SLOTS).fill(1)),
  content: shared(words(SLOTS)),
  order: shared(words(MESSAGES.length)),
});
type State = ReturnType<typeof setup>;

export function send(state: State): void {
  const { room, ready, senders, free, next, content, order } = state;
  for (const [i, message] of MESSAGES.entries()) {
    down(room);
    lock(senders);
    const slot = free[0]!;
    free[0] = next[slot]!;
    content[slot] = message;
    unlock(senders);
    order[i] = slot;
    up(ready);
  }
}

export function receive(state: State): void {
  const { right, room, ready, senders, receivers } = state;
  const { free, next, content, order } = state;
  const mutex = right ? senders : receivers;
  for (const [i, message] of MESSAGES.entries()) {
    down(ready);
    const slot = order[i]!;
    lock(mutex);
    if (content[slot] !== message) throw new Error("another message came");
    next[slot] = free[0]!;
    free[0] = slot;
    unlock(mutex);
    up(room);
  }
}

// A sender takes a slot from the list of free ones under the senders' lock, a receiver
// puts one back under the receivers' lock: they do so at the same time.
export const twoLocks = exhibit({
  bug: "(c) 7",
  title:
    "A channel whose two ends guard one list with a lock each lets them change it together",
  kinds: ["data race"],
  module: import.meta.url,
  threads: [send, receive],
  setup,
});
