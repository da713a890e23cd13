import {
  type AsyncWaitOptions,
  type PriorityQueue,
  type Queue,
  QueueEmptyError,
  QueueFullError,
  QueueShutDownError,
  SyncStateError,
} from "@interlock/threading";
import { aborted, check, PATIENT, SOON, turn } from "./tasks.ts";

export interface State {
  readonly queue: Queue<string>;
  /** What each thread does, step by step; see `perform`. */
  readonly scripts: readonly (readonly string[])[];
  readonly marks: Int32Array;
}

/** Words of `marks`, one bit for each item: puts that were begun, that returned; items that were got. */
export const BEGUN = 0, PUT = 1, GOT = 2;
/** Then how often it was refused by a shutdown; where the next item in order is noted; and how often a wait to get, to put and to join gave up. */
export const REFUSED = 3, NEXT = 4, NO_ITEM = 5, NO_ROOM = 6, NOT_DONE = 7;
/** And how often an item was reported done. */
export const REPORTED = 8;
/** So many words, then the items in the order in which they were got. */
export const ORDER = 9;

/** An item: its number says how long it is. From 10 on it takes three cells. */
export function itemOf(n: number): string {
  return `${n}`.padEnd(n < 10 ? 8 : 120, ".");
}

/** The number of an item that is whole. */
export function numberOf(item: string): number {
  const n = parseInt(item);
  check(item === itemOf(n), `a torn item: ${item}`);
  return n;
}

function got({ marks }: State, item: string): void {
  const n = numberOf(item);
  check((marks[BEGUN]! & 1 << n) !== 0, `nobody put ${n}`);
  check((marks[GOT]! & 1 << n) === 0, `${n} was got twice`);
  marks[GOT]! |= 1 << n;
  marks[ORDER + marks[NEXT]!++] = n;
}

/** What may come of a wait that does not last for ever. */
function refused({ marks }: State, error: unknown, limited: boolean): void {
  if (error instanceof QueueShutDownError) marks[REFUSED]!++;
  else {
    const empty = error instanceof QueueEmptyError;
    if (!empty && !(error instanceof QueueFullError)) throw error;
    check(limited, `${error.name} without a timeout`);
    marks[empty ? NO_ITEM : NO_ROOM]!++;
  }
}

const LIMITS: Record<string, number> = { timed: SOON, patient: PATIENT };

/** The last number of an item is its priority, where the queue asks for one. */
function rank(n: number) {
  return { priority: n % 10 };
}

/** By blocking, or at once. */
function call(state: State, how: string, what: string, n: number): void {
  const { queue, marks } = state, timeout = LIMITS[how];
  const wait = timeout === undefined ? {} : { timeout };
  switch (what) {
    case "put": {
      marks[BEGUN]! |= 1 << n;
      const options = { ...wait, ...rank(n) };
      if (how === "try") {
        if (!(queue as PriorityQueue<string>).tryPut(itemOf(n), rank(n))) {
          marks[NO_ROOM]!++;
          return;
        }
      } else queue.put(itemOf(n), options);
      marks[PUT]! |= 1 << n;
      return;
    }
    case "get":
      if (how === "try") {
        const found = queue.tryGet();
        if (found === undefined) marks[NO_ITEM]!++;
        else got(state, found.value);
      } else got(state, queue.get(wait));
      return;
    case "join":
      if (!queue.join(wait)) {
        check(timeout !== undefined, "false without a timeout");
        marks[NOT_DONE]!++;
      }
      return;
    case "done":
      try {
        queue.taskDone();
        marks[REPORTED]!++;
      } catch (error) {
        if (!(error instanceof SyncStateError)) throw error;
        marks[REFUSED]!++;
      }
      return;
    case "shut":
      return queue.shutdown();
    case "drop":
      return queue.shutdown({ immediate: true });
    case "most":
      queue.maxSize = n;
      return;
    default:
      throw new Error(`no step: ${what}`);
  }
}

/** By awaiting. */
async function begin(
  state: State,
  how: string,
  what: string,
  n: number,
): Promise<void> {
  const { queue, marks } = state, timeout = LIMITS[how];
  const wait = timeout === undefined ? {} : { timeout };
  const act = async (options: AsyncWaitOptions) => {
    if (what === "put") {
      marks[BEGUN]! |= 1 << n;
      await queue.putAsync(itemOf(n), { ...options, ...rank(n) });
      marks[PUT]! |= 1 << n;
    } else if (what === "get") got(state, await queue.getAsync(options));
    else if (!await queue.joinAsync(options)) {
      check(timeout !== undefined, "false without a timeout");
      marks[NOT_DONE]!++;
    }
  };
  try {
    if (how === "aborted") await aborted((signal) => act({ signal }));
    else await act(wait);
  } catch (error) {
    refused(state, error, timeout !== undefined);
  }
}

/**
 * Goes through a script. A step is `[how] what [n]`: what is put, get, join, done, shut,
 * drop (shut down at once) or most (maxSize); how is try, timed, patient, nothing to
 * block, or, after `start`, a task that goes on beside the next steps. `turn` lets tasks run.
 */
function perform(state: State, thread: number): Promise<unknown> | undefined {
  const script = state.scripts[thread]!, begun: Promise<void>[] = [];
  const from = (first: number): Promise<unknown> | undefined => {
    for (let i = first; i < script.length; i++) {
      if (script[i] === "turn") return turn().then(() => from(i + 1));
      const words = script[i]!.split(" ");
      const n = /\d/.test(words.at(-1)!) ? Number(words.pop()) : 0;
      const what = words.pop()!, how = words.pop() ?? "";
      if (words.length > 0 || how === "start") {
        begun.push(begin(state, how, what, n));
        continue;
      }
      try {
        call(state, how, what, n);
      } catch (error) {
        refused(state, error, how !== "");
      }
    }
    return begun.length > 0 ? Promise.all(begun) : undefined;
  };
  return from(0);
}

export const first = (state: State) => perform(state, 0);
export const second = (state: State) => perform(state, 1);
export const third = (state: State) => perform(state, 2);
export const fourth = (state: State) => perform(state, 3);
