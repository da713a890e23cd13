/**
 * The supervisor: a small worker that sees the threads of a roster die.
 *
 * Every thread holds a Web Lock for life, and only its real end gives that back:
 * `close()`, an uncaught error, a termination that took effect. The supervisor asks for
 * each of these locks, and whoever's it gets is dead. In Node and Bun a thread holds a
 * lifeline instead: one end of a pair of ports, whose other end the supervisor gets from
 * the starter. Only the thread's real end breaks it. The starter itself may be blocked
 * and could not watch.
 *
 * *Progress* · It comes with the first thread of a roster, sleeps while nothing
 * changes, and ends soon after the last thread; whoever starts one then brings the next.
 * A thread that a thread starts finds it there, since its starter is alive, and tells of
 * the new lifeline by its own. Where a runtime has neither, nobody is declared dead.
 *
 * @module
 */

import {
  type Body,
  EXPIRED,
  park,
  RECHECK,
  settle,
  type Signal,
  wake,
} from "../primitives/_park.ts";
import { realm } from "../primitives/_realm.ts";
import type { Words } from "../primitives/_record.ts";
import {
  CHANGES,
  giveUp,
  livingIn,
  markDead,
  rosterName,
  SUPERVISED,
} from "../primitives/_roster.ts";
import {
  afterBreak,
  afterDeath,
  close,
  holdForLife,
  listen,
  onFailure,
  seesDeath,
  type WorkerLike,
} from "./_runtime.ts";

/** The message that a supervisor begins with. */
export interface Supervise {
  readonly interlock: 2;
  readonly roster: Words;
}

/** A thread that is being started, and the supervisor's end of its lifeline. */
interface Newcomer {
  readonly interlock: 3;
  readonly id: number;
  readonly life: MessagePort;
}

/** How long it stays when no thread is left, in milliseconds. */
const LINGER = 30;

/** Holds the lock that shows that a thread lives; resolves when it has it. */
export function showLife(roster: Words, id: number): Promise<void> {
  return holdForLife(lifeOf(roster, id));
}

/** Tells the supervisor that something has changed. */
export function tellSupervisor(roster: Words): void {
  wake(roster, CHANGES);
}

/**
 * Sees to it that a roster has a supervisor; `ways` are those to start its worker, the
 * best first. It starts nobody's thread, so it fails nobody's: where no way works, the
 * next thread tries again.
 */
export function superviseBy(
  roster: Words,
  ways: readonly (() => WorkerLike)[],
): void {
  if (!seesDeath()) return;
  if (Atomics.compareExchange(roster, SUPERVISED, 0, 1) !== 0) return;
  const [start, ...others] = ways;
  const failed = () => {
    Atomics.store(roster, SUPERVISED, 0);
    if (others.length > 0) superviseBy(roster, others);
  };
  try {
    const worker = start!();
    onFailure(worker, failed);
    const message: Supervise = { interlock: 2, roster };
    worker.postMessage(message, []);
    // Who has a lifeline of its own is heard of by that, and starts no supervisor.
    realm.supervisor = worker;
  } catch {
    failed();
  }
}

/** Tells the supervisor of a thread that is being started, where threads have lifelines. */
export function introduce(id: number, life: MessagePort | undefined): void {
  if (life === undefined) return;
  const message: Newcomer = { interlock: 3, id, life };
  realm.supervisor?.postMessage(message, [life]);
}

/** Makes this worker a supervisor. */
export function serveAsSupervisor(): void {
  listen((data) => {
    runSupervisor(data as Supervise);
    return true;
  });
}

/** Runs the supervisor, and closes its worker. */
export async function runSupervisor({ roster }: Supervise): Promise<void> {
  meetNewcomers(roster);
  const watched = new Set<number>();
  let lingers = false;
  for (;;) {
    const changes = Atomics.load(roster, CHANGES);
    const living = livingIn(roster);
    for (const { id, running } of living) {
      if (!running || watched.has(id)) continue;
      watched.add(id);
      afterDeath(lifeOf(roster, id), () => {
        watched.delete(id);
        markDead(roster, id);
        tellSupervisor(roster);
      });
    }
    if (living.length > 0 || !lingers) {
      // Threads are often started one after another.
      lingers = living.length === 0;
      const terms = lingers ? { timeout: LINGER } : {};
      await settle(untilChanged(roster, changes), terms);
      continue;
    }
    Atomics.store(roster, SUPERVISED, 0);
    // Who is enlisted after that brings another one; who was before found this one.
    const alone = livingIn(roster).length === 0;
    if (alone || Atomics.compareExchange(roster, SUPERVISED, 0, 1) !== 0) {
      return close();
    }
  }
}

/** Watches the lifelines of threads, which tell by theirs of the threads that they start. */
function meetNewcomers(roster: Words): void {
  const meet = ({ id, life }: Newcomer) => {
    life.onmessage = ({ data }: MessageEvent<Newcomer>) => meet(data);
    afterBreak(life, () => {
      // It may have broken before the thread came to life.
      if (markDead(roster, id) || giveUp(roster, id)) tellSupervisor(roster);
    });
  };
  listen((data) => {
    const message = data as Newcomer | undefined;
    if (message?.interlock === 3) meet(message);
    return false;
  });
}

function* untilChanged(roster: Words, changes: number): Body<void> {
  for (;;) {
    const signal: Signal = yield park(roster, CHANGES, changes);
    // Its starter may have died before it told.
    if (signal === RECHECK || signal === EXPIRED) return;
    if (Atomics.load(roster, CHANGES) !== changes) return;
  }
}

function lifeOf(roster: Words, id: number): string {
  return `${rosterName(roster)}-${id}`;
}
