/**
 * The state machine of a select: of several sends and receives one comes about.
 *
 * It tries all in an order drawn by chance; if none is possible it sleeps until it is
 * told that one may be, and tries again. What it is told is a hint, and nothing more.
 *
 * *Words* · SELECT in the slot of this thread in the roster: moves when a channel has
 * changed; all selects of the thread sleep on it. The arms stand in the parties of their
 * channels (`_parties.ts`).
 *
 * *States* of an arm
 *
 * | announced | offered | means |
 * | --- | --- | --- |
 * | no | no | not tried, or tried once |
 * | yes | no | who changes the channel tells this thread |
 * | yes | yes | its item can be taken: then this arm has come about |
 *
 * *Invariants*
 * - I1: at most one arm is offered, and none while another is tried: so only one comes
 *   about, and a select does not meet itself.
 * - I2: SELECT is read before the arms are tried, and the arms were announced before: so
 *   what is missed moves it. What its own offer told its own thread does not count.
 * - I3: of several arms that could be offered, one is whose channel has a select that
 *   receives, and each time the next one: so no two selects that could meet keep
 *   offering and looking at different channels. Who comes and who goes tells those that send.
 *
 * *Progress* · No arm is preferred. Two selects that each send what the other receives may
 * take back their offers in the same instant, and do so again; so each leaves its offer a
 * little longer every other time. Where this thread cannot be told, or may not be, it tries
 * every 20 ms.
 *
 * *Source* · Go's `select`, which locks all its channels at once; here no thread ever
 * holds two.
 *
 * @module
 */

import type { Port, Receiving, Sending } from "./_channel_port.ts";
import {
  type Body,
  EXPIRED,
  HASTY,
  OK,
  park,
  RECHECK,
  type Signal,
  spin,
  SPIN_EVENT,
  STOP,
  STOPPED,
} from "./_park.ts";
import { RECEIVES, SENDS } from "./_parties.ts";
import { openRoster, SELECT, slotOf } from "./_roster.ts";
import { threadId } from "./_thread_id.ts";

/** An arm that sends. */
export interface SendingArm {
  readonly index: number;
  readonly port: Port<unknown>;
  readonly sends: true;
  readonly move: Sending;
}

/** An arm that receives. */
export interface ReceivingArm {
  readonly index: number;
  readonly port: Port<unknown>;
  readonly sends: false;
  readonly move: Receiving<unknown>;
}

/** An arm, and what it would do. */
export type SelectArm = SendingArm | ReceivingArm;

/** The arms of one select. */
export class Selection {
  readonly #arms: readonly SelectArm[];
  /** Those that can be offered, and which of them is next. */
  readonly #offerable: readonly SendingArm[];
  #next = 0;
  #offered: SendingArm | undefined;
  /** How many arms are announced; whether others find them, and there was room for an offer. */
  #announced = 0;
  #found = true;
  #roomy = true;

  constructor(arms: readonly SelectArm[]) {
    this.#arms = arms;
    this.#offerable = arms.flatMap((arm) =>
      arm.sends && arm.port.state.bound === 0 ? [arm] : []
    );
  }

  /** Tries each arm; the one that came about. */
  attempt(): SelectArm | undefined {
    const left = [...this.#arms];
    while (left.length > 0) {
      const drawn = Math.floor(Math.random() * left.length);
      const [arm] = left.splice(drawn, 1);
      if (arm!.move.run()) return arm;
    }
    return undefined;
  }

  /** Waits until an arm has come about; false if the time is up. */
  *untilDone(): Body<SelectArm | false> {
    const roster = openRoster("main"), slot = slotOf(roster, threadId());
    // Who has no slot cannot be told, and sleeps on a word that never moves.
    const [words, index] = slot === undefined
      ? [new Int32Array(new SharedArrayBuffer(4)), 0] as const
      : [roster, slot + SELECT] as const;
    let signal: Signal = OK;
    this.#found = slot !== undefined;
    try {
      this.#announce();
      for (;;) {
        if (this.#offered !== undefined && Math.random() < 0.5) {
          // Whoever told this thread may be about to take it (see Progress).
          const now = Atomics.load(words, index);
          yield spin(words, index, SPIN_EVENT, (value) => value !== now);
        }
        const seen = Atomics.load(words, index);
        const done = this.#takeBack() ?? this.attempt();
        if (done !== undefined) return done;
        if (signal === EXPIRED) return false;
        if (signal === STOP) return STOPPED;
        if (signal === RECHECK) this.#bury();
        const before = this.#echoes;
        const met = this.#offer();
        if (met !== undefined) return met;
        const told = seen + this.#echoes - before | 0;
        signal = yield park(words, index, told, this.#manner);
      }
    } finally {
      this.#takeBack();
      this.#leave();
    }
  }

  /** Says at all channels that this thread waits there. */
  #announce(): void {
    for (const { port: { state }, sends } of this.#arms) {
      const placed = sends ? state.enter(SENDS) : state.enter(RECEIVES, SENDS);
      this.#announced++;
      if (!placed) this.#found = false;
    }
  }

  #leave(): void {
    for (const { port: { state }, sends } of this.#arms) {
      if (--this.#announced < 0) return;
      if (sends) state.leave(SENDS);
      else state.leave(RECEIVES, SENDS);
    }
  }

  /** Offers the item of an arm (I3); the arm, if it came about. */
  #offer(): SelectArm | undefined {
    const arms = this.#offerable, next = this.#next;
    const inTurn = [...arms.slice(next), ...arms.slice(0, next)];
    const sought = inTurn.filter(isSought);
    const others = inTurn.filter((arm) => !sought.includes(arm));
    for (const arm of [...sought, ...others]) {
      const { move } = arm;
      if (move.begin() || !move.isOffered && move.quit()) return arm;
      if (!move.isOffered) continue;
      this.#offered = arm;
      this.#next = (arms.indexOf(arm) + 1) % arms.length;
      break;
    }
    this.#roomy = arms.length === 0 || this.#offered !== undefined;
    return undefined;
  }

  /** Ends the offer; the arm, if it came about. */
  #takeBack(): SelectArm | undefined {
    const arm = this.#offered;
    this.#offered = undefined;
    return arm?.move.quit() ? arm : undefined;
  }

  #bury(): void {
    for (const { port } of this.#arms) port.state.bury();
  }

  /** How often its own offers told this thread. */
  get #echoes(): number {
    return this.#offerable.reduce((sum, { move }) => sum + move.echoes, 0);
  }

  get #manner(): number {
    const told = this.#found && this.#roomy &&
      !this.#arms.some(({ port }) => port.state.parties.strangers);
    return told ? 0 : HASTY;
  }
}

/** Whether somebody else's select would receive what the arm sends. */
function isSought({ port, move }: SendingArm): boolean {
  return port.state.parties.total(RECEIVES) > move.own;
}
