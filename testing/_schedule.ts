/**
 * Schedules as text, and how a failing one is made short.
 *
 * `v1:a3b2a` · thread 0 does three steps, thread 1 two, thread 0 goes on. A capital
 * letter: the timer of that thread fires. `!`: the thread at its point dies. For a
 * wait: `~` it times out, `*` it is late when it is woken, `^` it wakes for nothing, `%` its
 * thread dies asleep. After `v1`: t, timeouts are choices; r, waits retry now and then.
 *
 * @module
 */

import {
  DIE,
  LENIENT,
  SLEEP,
  SLEEP_LATE,
  TIME_OUT,
  TIMER,
  WAKE,
  ZOMBIE,
} from "./_board.ts";
import { type Fleet, following, type Run } from "./_fleet.ts";
import { realNow } from "./_native.ts";

const SIGNS: Record<number, string> = {
  [DIE]: "!",
  [SLEEP_LATE]: "*",
  [TIME_OUT]: "~",
  [WAKE]: "^",
  [ZOMBIE]: "%",
};
for (let t = 0; t < 8; t++) {
  SIGNS[t] = "abcdefgh"[t]!;
  SIGNS[TIMER + t] = "ABCDEFGH"[t]!;
}

/** A schedule taken apart. */
export interface Schedule {
  readonly choices: readonly number[];
  /** Whether timeouts were choices. */
  readonly explores: boolean;
  /** Whether waits retried. */
  readonly rechecks: boolean;
}

/** The schedule as text. */
export function formatSchedule(schedule: Schedule): string {
  const flags = (schedule.explores ? "t" : "") + (schedule.rechecks ? "r" : "");
  let text = `v1${flags}:`, last = "", length = 0;
  const flush = () => {
    text += last + (length > 1 ? length : "");
  };
  for (const choice of schedule.choices) {
    // That a wait sleeps goes without saying.
    if (choice === SLEEP) continue;
    const sign = SIGNS[choice]!;
    if (sign === last) length++;
    else {
      flush();
      last = sign;
      length = 1;
    }
  }
  flush();
  return text;
}

/** The schedule that a text says. */
export function parseSchedule(text: string): Schedule {
  const parts = /^v1(t?)(r?):((?:[a-hA-H!*~^%]\d*)*)$/.exec(text);
  if (!parts) {
    throw new TypeError(
      `Cannot replay: 'schedule' must be a text such as "v1:a3b2a" that explore printed, received ${
        JSON.stringify(text)
      }`,
    );
  }
  const choices: number[] = [];
  for (const [, sign, times] of parts[3]!.matchAll(/(\D)(\d*)/g)) {
    const choice = Number(
      Object.keys(SIGNS).find((key) => SIGNS[Number(key)] === sign),
    );
    const length = Math.min(Number(times || 1), 1_000_000);
    for (let i = 0; i < length; i++) choices.push(choice);
  }
  return { choices, explores: parts[1] === "t", rechecks: parts[2] === "r" };
}

/** How many times a schedule changes from one thread to another. */
export function switches(choices: readonly number[]): number {
  return segments(choices.filter((choice) => choice < TIMER)).length - 1;
}

interface Segment {
  readonly choice: number;
  readonly length: number;
}

function segments(choices: readonly number[]): Segment[] {
  const found: { choice: number; length: number }[] = [];
  for (const choice of choices) {
    const last = found.at(-1);
    if (last?.choice === choice) last.length++;
    else found.push({ choice, length: 1 });
  }
  return found;
}

/**
 * Looks for a schedule that fails in the same way with fewer switches: leaves parts
 * out, and joins parts of the same thread. Returns the best, and what it does.
 */
export function shrink(
  fleet: Fleet,
  flags: number,
  choices: readonly number[],
  failed: Run,
  budget: number,
): { choices: readonly number[]; run: Run } {
  let best = { choices, run: failed };
  // A livelock has no switch too many: leaving them out takes long, and shows no more.
  const end = realNow() + (failed.fault!.kind === "livelock" ? 0 : budget);
  const isBetter = (attempt: readonly number[]): boolean => {
    const run = fleet.run(following(attempt, flags | LENIENT));
    if (run.fault?.kind !== failed.fault!.kind) return false;
    const choices = fleet.choices();
    const fewer = switches(choices) - switches(best.choices);
    if (fewer > 0 || fewer === 0 && choices.length >= best.choices.length) {
      return false;
    }
    best = { choices, run };
    return true;
  };
  for (let improved = true; improved && realNow() < end;) {
    improved = false;
    const parts = segments(best.choices);
    search: for (let i = parts.length - 1; i >= 0; i--) {
      for (const attempt of edits(parts, i)) {
        if (realNow() > end) break search;
        if (!isBetter(attempt)) continue;
        improved = true;
        break search;
      }
    }
  }
  return { ...best, choices: withoutEnd(fleet, flags, best.choices, failed) };
}

/** The choices without those at the end that are made anyway. */
function withoutEnd(
  fleet: Fleet,
  flags: number,
  choices: readonly number[],
  failed: Run,
): readonly number[] {
  let kept = choices.length;
  for (let cut = kept >> 1 || 1; cut > 0; cut >>= 1) {
    while (cut <= kept) {
      const run = fleet.run(following(choices.slice(0, kept - cut), flags));
      if (run.fault?.kind !== failed.fault!.kind) break;
      kept -= cut;
    }
  }
  return choices.slice(0, kept);
}

/** Schedules with part `i` left out, or joined with the next one or the one before of its thread. */
function* edits(parts: readonly Segment[], i: number): Generator<number[]> {
  const part = parts[i]!, without = parts.toSpliced(i, 1);
  const flat = (list: readonly Segment[]) =>
    list.flatMap(({ choice, length }) => Array<number>(length).fill(choice));
  yield flat(without);
  const next = without.findIndex(({ choice }, j) =>
    j >= i && choice === part.choice
  );
  if (next >= 0) yield flat(without.toSpliced(next, 0, part));
  const before = without.findLastIndex(({ choice }, j) =>
    j < i && choice === part.choice
  );
  if (before >= 0) yield flat(without.toSpliced(before + 1, 0, part));
}
