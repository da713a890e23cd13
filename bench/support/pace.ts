/**
 * Contenders take turns, round by round, so that a disturbance hits all of them.
 *
 * @module
 */

import type { Case, Session } from "./family.ts";

/** How a case is measured. */
export interface Pace {
  /** How many turns count. */
  readonly turns: number;
  /** About how long a round takes, in milliseconds. */
  readonly milliseconds: number;
}

/** By contender, the value of each turn. */
export type Samples = ReadonlyMap<string, number[]>;

/** Rounds grow from so many operations, which also lets the engine compile their loops. */
const FIRST = 8;

/** Finds out how many operations a round of each contender needs for that pace. */
export async function calibrate(
  session: Session,
  item: Case,
  { milliseconds }: Pace,
  contenders: readonly string[] = item.contenders,
): Promise<Map<string, number>> {
  const { most = Infinity, longer = 1 } = item;
  const wantedTime = milliseconds * longer, found = new Map<string, number>();
  for (const contender of contenders) {
    if (most === 1) found.set(contender, 1);
    for (let times = Math.min(FIRST, most); most > 1;) {
      let { elapsed } = await session.round(item, contender, times);
      if (elapsed > wantedTime / 2) {
        // A single disturbance must not make all rounds short.
        const again = await session.round(item, contender, times);
        elapsed = Math.min(elapsed, again.elapsed);
      }
      if (elapsed > wantedTime / 2 || times === most) {
        const wanted = Math.ceil(times * wantedTime / elapsed);
        found.set(contender, Math.max(1, Math.min(wanted, most)));
        break;
      }
      times = Math.min(2 * times, most);
    }
  }
  return found;
}

/**
 * Measures the contenders that were calibrated, after turns to warm up. Where a round is
 * always the same one turn will do.
 */
export async function takeTurns(
  session: Session,
  item: Case,
  { turns }: Pace,
  times: ReadonlyMap<string, number>,
): Promise<Samples> {
  const names = [...times.keys()];
  const samples = new Map(names.map((name) => [name, [] as number[]]));
  const same = item.most === 1, { warmUp = 1 } = item;
  for (let turn = same ? 0 : -warmUp; turn < (same ? 1 : turns); turn++) {
    // There and back: who comes after whom must not matter.
    for (const name of turn % 2 === 0 ? names : names.toReversed()) {
      const { value } = await session.round(item, name, times.get(name)!);
      if (turn >= 0) samples.get(name)!.push(value);
    }
  }
  return samples;
}
