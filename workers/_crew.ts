/**
 * The threads of a pool, as the thread that made it sees them: it starts and replaces
 * them, and passes on what they tell each other.
 *
 * *Progress* · It does its chores when it submits, when it is called (the word CHORES),
 * when a thread's life has changed, and, if one of these happened, before each sleep when
 * it blocks: of at most 20 ms, where it waits for a result. None of that keeps the process alive; the
 * threads do, and what is open.
 *
 * @module
 */

import { borrowPacket, returnPacket } from "../primitives/_packet.ts";
import { block, settle, whenMoved } from "../primitives/_park.ts";
import { realm } from "../primitives/_realm.ts";
import { metBuffer, type Words } from "../primitives/_record.ts";
import { CHANGES, isDead } from "../primitives/_roster.ts";
import { ThreadStartError } from "../primitives/errors.ts";
import type { Client, Home } from "./_client.ts";
import { CHORES, type CrewState, type Member } from "./_crew_state.ts";
import { Introducer } from "./_introductions.ts";
import { encodeThrown } from "./_job.ts";
import type { Settings } from "./_pool_worker.ts";
import { Line } from "./_lines.ts";
import type { WorkerLike } from "./_runtime.ts";
import type { Task } from "./task.ts";
import { Thread } from "./thread.ts";

/** The task of a pool's threads; its port comes first among its arguments, from within the thread. */
export type ServeJobs = Task<
  (pool: unknown, member: Member, settings: Settings) => Promise<void>
>;

/** How a crew is made. */
export interface CrewOptions {
  readonly client: Client;
  readonly pool: unknown;
  readonly serve: ServeJobs;
  readonly settings: Omit<Settings, "name">;
  readonly prefix: string;
  readonly worker: (() => WorkerLike) | undefined;
  readonly breaks: boolean;
}

/** So many threads that die one after the other before they are ready break the pool. */
const EARLY = 3;

interface Hired {
  readonly member: Member;
  readonly thread: Thread<Promise<void>>;
  readonly line: Line;
}

/** The threads of a pool. */
export class Crew implements Home {
  readonly #options: CrewOptions;
  readonly #client: Client;
  readonly #state: CrewState;
  /** The threads, by their place. */
  readonly #members = new Map<number, Hired>();
  /** What threads that have ended told of memory that may be asked for. */
  #left: Line[] = [];
  readonly #introducer = new Introducer();
  readonly #sleeper = { tick: () => {}, beforeBlock: () => this.#lookAround() };
  /** CHORES and CHANGES when the chores were done last. */
  #called = -1;
  #changed = -1;
  readonly #heard = new Set<number>();
  /** The ids of threads that have ended and are not dead yet. */
  readonly #unburied = new Set<number>();
  readonly #watches = new Set<Promise<void>>();
  #over = false;
  /** How many threads in a row have died before they were ready. */
  #early = 0;
  /** Whether there were as many threads as there may be, and none has said since that it leaves. */
  #full = false;

  constructor(options: CrewOptions) {
    this.#options = options;
    this.#client = options.client;
    this.#state = options.client.crew;
    this.#client.introducer = this.#introducer;
    this.#client.find = (key) => {
      this.#hear();
      return metBuffer(key);
    };
    this.#client.ask = () => this.#hear();
    realm.sleepers.add(this.#sleeper);
    this.#listen(this.#client.jobs.words, CHORES);
  }

  /** Starts the threads that have something to do. */
  staff(): void {
    if (this.#full) return;
    this.#full = this.#state.alive === this.#state.most;
    while (this.#state.wanting) {
      const member = this.#state.hire();
      if (member === undefined) return;
      try {
        this.#start(member);
      } catch (error) {
        this.#state.leave(member);
        return this.#break(error);
      }
    }
  }

  /** Does what is to be done, if anything may be: this thread is about to sleep, on whatever. */
  #lookAround(): void {
    const { words } = this.#client.jobs, { roster } = realm;
    const called = Atomics.load(words, CHORES) !== this.#called;
    const changed = roster !== undefined &&
      Atomics.load(roster, CHANGES) !== this.#changed;
    if (called || changed) this.chores();
  }

  /** Does what is to be done. */
  chores(): void {
    this.#full = false;
    this.#called = Atomics.load(this.#client.jobs.words, CHORES);
    if (realm.roster) this.#changed = Atomics.load(realm.roster, CHANGES);
    this.#hear();
    for (const hired of this.#members.values()) {
      if (isDead(hired.thread.id!)) this.#bury(hired);
    }
    for (const id of this.#unburied) {
      if (!isDead(id)) continue;
      this.#unburied.delete(id);
      this.#client.jobs.bury(id);
    }
    if (this.#client.open === 0) this.#left.length = 0;
    this.#endIfOver();
    this.staff();
  }

  /** Blocks until all is done and all threads have ended. */
  join(action: string): void {
    block(
      this.#state.untilGone(() => this.chores()),
      {},
      action,
      "shutdownAsync",
    );
    for (const { thread } of [...this.#members.values()]) {
      try {
        thread.join();
      } catch {
        // It never started.
      }
    }
    this.#end();
  }

  /** Waits like `join`, without blocking the thread. */
  async joinAsync(): Promise<void> {
    await settle(this.#state.untilGone(() => this.chores()), {});
    await Promise.all(this.#watches);
    this.#end();
  }

  /** Another thread may have shut it down. */
  #endIfOver(): void {
    const { jobs } = this.#client, state = this.#state;
    if (this.#over || this.#members.size > 0 || !jobs.ring.isShut) return;
    if (state.alive === 0 && jobs.countPending() === 0) this.#end();
  }

  #end(): void {
    this.#over = true;
    realm.sleepers.delete(this.#sleeper);
    this.#state.call();
  }

  #start(member: Member): void {
    const { pool, serve, settings, prefix, worker } = this.#options;
    const { place } = member, name = `${prefix}_${place}`;
    const { port1, port2 } = new MessageChannel();
    const options = {
      name,
      // Right behind the arguments, before there is a thread.
      serve: (port: MessagePort) => port.postMessage(port2, [port2]),
      ...(worker && { worker }),
    };
    const args = [pool, member, { ...settings, name }] as const;
    const thread = new Thread(serve, [...args], options);
    const line = new Line(port1, this.#introducer, ({ key, buffer }) => {
      this.#introducer.introduce(key, buffer);
      this.#state.tellMet();
    }, () => {});
    const old = this.#members.get(place);
    if (old !== undefined) this.#forget(old);
    try {
      thread.start();
    } catch (error) {
      line.close();
      port2.close();
      throw error;
    }
    const hired = { member, thread, line };
    this.#members.set(place, hired);
    const watch = this.#watch(hired);
    this.#watches.add(watch);
    watch.finally(() => this.#watches.delete(watch));
    this.#listen(realm.roster!, CHANGES);
  }

  async #watch(hired: Hired): Promise<void> {
    const { thread, member } = hired;
    let error: unknown;
    try {
      await thread.joinAsync();
      if (!isDead(thread.id!)) await thread.resultAsync();
    } catch (thrown) {
      error = thrown;
    }
    // It may run on for a moment, or for long if it was terminated.
    this.#unburied.add(thread.id!);
    if (this.#members.get(member.place) !== hired) return this.chores();
    if (error instanceof ThreadStartError) this.#break(error);
    // One that was terminated may run on: what it runs is lost when it is dead.
    if (error === undefined || isDead(thread.id!)) this.#bury(hired);
    else this.#leave(hired);
  }

  /** A thread has ended. If it did not say so itself, it died. */
  #bury(hired: Hired): void {
    const { thread, member } = hired, died = this.#state.isThere(member);
    const early = this.#state.isStarting(member), cause = startErrorOf(thread);
    if (isDead(thread.id!)) {
      this.#unburied.delete(thread.id!);
      this.#client.jobs.bury(thread.id!);
    }
    this.#early = early ? this.#early + 1 : 0;
    // Those that come after so many would end so too.
    const breaks = this.#options.breaks || this.#early >= EARLY;
    if (cause !== undefined) this.#break(cause);
    else if (died && breaks) this.#break(new Error(`${thread} died`));
    this.#leave(hired);
  }

  #leave(hired: Hired): void {
    this.#forget(hired);
    if (this.#state.isThere(hired.member)) this.#state.leave(hired.member);
    this.#full = false;
    this.staff();
    this.#endIfOver();
  }

  #forget({ member, line }: Hired): void {
    line.hear();
    line.close();
    this.#members.delete(member.place);
    if (this.#client.open > 0) this.#left.push(line);
  }

  #break(error: unknown): void {
    const packet = borrowPacket();
    encodeThrown(error, Thread.current.name, packet);
    this.#client.jobs.breakDown(packet);
    returnPacket(packet);
  }

  /** Hears what the threads have told. */
  #hear(): void {
    for (const { line } of this.#members.values()) line.hear();
  }

  /** Does chores whenever a word moves, from now on; what nobody can be told of any more is not kept. */
  #listen(words: Words, index: number): void {
    const heard = this.#heard;
    if (heard.has(index)) return;
    heard.add(index);
    const listen = () => {
      const value = Atomics.load(words, index);
      this.chores();
      whenMoved(words, index, value, () => {
        const idle = index === CHANGES && this.#members.size === 0 &&
          this.#unburied.size === 0;
        if (!this.#over && !idle) listen();
        else heard.delete(index);
      });
    };
    listen();
  }
}

/** Why a thread that has ended did not start, if it did not. */
function startErrorOf(thread: Thread<Promise<void>>): unknown {
  try {
    thread.join(0);
    return undefined;
  } catch (error) {
    return error;
  }
}
