/**
 * The wait list: who waits for which word, first in, first out.
 *
 * It stands for the lists that the engine keeps for `Atomics.wait` and `waitAsync`:
 * blocked threads and awaiting tasks are in one queue per word.
 *
 * *States* of an entry: NONE → WAITING → NONE, for a thread that blocks and is READY
 * again; or → NOTIFIED or TIMED_OUT, for an await that arrives when its thread's tasks run.
 *
 * *Source* · ECMA-262, "WaiterList Objects".
 *
 * @module
 */

import {
  ARRIVAL,
  ARRIVED,
  BLOCKED,
  type Board,
  DEAD,
  ENTRIES,
  NONE,
  NOTIFIED,
  OP,
  ORDER,
  READY,
  RESULT,
  RESUME,
  STATE,
  STATUS,
  TICKET,
  TIMED_OUT,
  VALUE,
  WAITER,
  WAITING,
  WORD,
} from "./_board.ts";

/** A view of the wait list of a board. */
export class WaitList {
  readonly #board: Board;

  constructor(board: Board) {
    this.#board = board;
  }

  /** Puts a wait into the list; the ticket of a thread that blocks is 0. */
  enlist(
    thread: number,
    place: number,
    value: number,
    ticket: number,
    deadline: number,
  ): number {
    const board = this.#board, { words } = board;
    const i = board.freeEntry(), e = board.entry(i);
    words[e + STATE] = WAITING;
    words[e + WORD] = place;
    words[e + WAITER] = thread;
    words[e + TICKET] = ticket;
    words[e + ARRIVAL] = words[ORDER]!++;
    words[e + VALUE] = value;
    board.setDeadline(i, deadline);
    return i;
  }

  /** Wakes up to so many waiters of a word, first in, first out; returns how many. `woken` hears of each. */
  notify(
    place: number,
    count: number,
    woken: (waiter: number) => void,
  ): number {
    const board = this.#board, { words } = board;
    let n = 0;
    for (; n < count; n++) {
      const i = this.#first((e) =>
        words[e + STATE] === WAITING && words[e + WORD] === place
      );
      if (i < 0) break;
      woken(words[board.entry(i) + WAITER]!);
      this.end(i, NOTIFIED);
    }
    return n;
  }

  /** Takes what arrived first at a thread that awaits; its ticket and whether it timed out. */
  arrival(thread: number): { ticket: number; timedOut: boolean } | undefined {
    const board = this.#board, { words } = board;
    const i = this.#first((e) =>
      words[e + WAITER] === thread && words[e + STATE]! >= NOTIFIED
    );
    if (i < 0) return undefined;
    const e = board.entry(i), timedOut = words[e + STATE] === TIMED_OUT;
    words[e + STATE] = NONE;
    words[board.thread(thread) + ARRIVED]!--;
    return { ticket: words[e + TICKET]!, timedOut };
  }

  /** The next deadline of a thread that lives. */
  nextDeadline(): number {
    const board = this.#board, { words } = board;
    let next = Infinity;
    for (let i = 0; i < words[ENTRIES]!; i++) {
      const e = board.entry(i), t = board.thread(words[e + WAITER]!);
      if (words[e + STATE] !== WAITING || words[t + STATUS] === DEAD) continue;
      next = Math.min(next, board.deadline(i));
    }
    return next;
  }

  /** The await of a thread that has a deadline soon, the earliest; -1 if there is none. */
  soonest(thread: number, limit: number): number {
    const board = this.#board, { words } = board;
    let found = -1, least = limit;
    for (let i = 0; i < words[ENTRIES]!; i++) {
      const e = board.entry(i), awaits = words[e + TICKET] !== 0;
      if (words[e + STATE] !== WAITING || words[e + WAITER] !== thread) {
        continue;
      }
      if (!awaits || board.deadline(i) >= least) continue;
      least = board.deadline(i);
      found = i;
    }
    return found;
  }

  /** Ends the waits whose deadline was before this time, or at it. */
  expire(time: number, atIt = false): void {
    const board = this.#board, { words } = board;
    for (let i = 0; i < words[ENTRIES]!; i++) {
      const e = board.entry(i);
      if (words[e + STATE] !== WAITING) continue;
      const deadline = board.deadline(i);
      if (deadline < time || atIt && deadline === time) this.end(i, TIMED_OUT);
    }
  }

  /** Forgets the awaits of a thread that died. */
  forget(thread: number): void {
    const board = this.#board, { words } = board;
    for (let i = 0; i < words[ENTRIES]!; i++) {
      const e = board.entry(i);
      if (words[e + WAITER] === thread && words[e + TICKET] !== 0) {
        words[e + STATE] = NONE;
      }
    }
  }

  /** Ends a wait. */
  end(i: number, how: typeof NOTIFIED | typeof TIMED_OUT): void {
    const board = this.#board, { words } = board;
    const e = board.entry(i), t = board.thread(words[e + WAITER]!);
    if (words[e + TICKET] === 0) {
      words[e + STATE] = NONE;
      // A zombie has the wake, and does nothing with it.
      if (words[t + STATUS] !== BLOCKED) return;
      words[t + STATUS] = READY;
      words[t + OP] = RESUME;
      words[t + RESULT] = how;
    } else {
      words[e + STATE] = how;
      words[e + ARRIVAL] = words[ORDER]!++;
      words[t + ARRIVED]!++;
    }
  }

  #first(which: (entry: number) => boolean): number {
    const board = this.#board, { words } = board;
    let found = -1, least = Infinity;
    for (let i = 0; i < words[ENTRIES]!; i++) {
      const e = board.entry(i);
      if (which(e) && words[e + ARRIVAL]! < least) {
        least = words[e + ARRIVAL]!;
        found = i;
      }
    }
    return found;
  }
}
