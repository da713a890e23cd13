/**
 * A thread of a pool, from within.
 *
 * It takes one job after the other. One that returns a promise is awaited, and meanwhile
 * no other is taken, but for those that its task waits for.
 *
 * *Progress* · Whoever waits in here for a job that nobody runs, while no thread of the
 * pool is idle, runs it: of the jobs that wait for each other one is then run, whatever
 * the number of threads. Between jobs the event loop turns every 20 ms, and when there
 * is nothing to do; after a millisecond of that the thread awaits the next job, so
 * timers and messages go on.
 *
 * *Source* · running what one waits for is `tryUnpush` and `doExec` in the `join` of
 * Java's fork/join pool; unlike there, no other jobs are run meanwhile.
 *
 * @module
 */

import { borrowPacket, returnPacket } from "../primitives/_packet.ts";
import { cancellation } from "../primitives/_park.ts";
import type { Attempt } from "../primitives/_queue_state.ts";
import { metBuffer } from "../primitives/_record.ts";
import { show } from "../primitives/_validate.ts";
import {
  BrokenExecutorError,
  CancelledError,
  WouldBlockError,
} from "../primitives/errors.ts";
import type { Client, Helper } from "./_client.ts";
import { BUSY, IDLE, type Member, STUCK } from "./_crew_state.ts";
import { Introducer } from "./_introductions.ts";
import { encodeThrown, type Job } from "./_job.ts";
import { ERROR, PENDING } from "./_job_state.ts";
import { GuestBook, Line } from "./_lines.ts";
import { load, Runner } from "./_runner.ts";
import { close, onClose, onUncaught, turn } from "./_runtime.ts";
import type { TaskId } from "./task.ts";

/** What the maker of a pool tells its threads. */
export interface Settings {
  readonly name: string;
  readonly initializer: TaskId | undefined;
  readonly initArgs: readonly unknown[];
  readonly maxTasks: number;
  readonly idleTimeout: number;
}

/** How long it runs jobs before the event loop turns, and how long it sleeps for the next one, in milliseconds. */
const PERIOD = 20, DOZE = 1;
/** How deep jobs run inside of others. */
const DEEPEST = 256;

const AsyncFunction = (async () => {}).constructor;

/** Runs the jobs of a pool in this thread. */
export class PoolWorker implements Helper {
  readonly #client: Client;
  readonly #member: Member;
  readonly #settings: Settings;
  readonly #line: Line;
  readonly #guests: GuestBook;
  readonly #runner: Runner;
  #status = BUSY;
  #stuckSince = Infinity;
  /** When the event loop turned. */
  #turned = Date.now();
  /** What it said before it blocked. */
  readonly #before: number[] = [];
  /** The job that it was given while it waited for one, until it begins. */
  #given = 0;
  /** The job that it has taken. */
  #current = 0;
  #tasks = 0;
  #closes = false;

  constructor(
    client: Client,
    member: Member,
    settings: Settings,
    port: MessagePort,
  ) {
    this.#client = client;
    this.#member = member;
    this.#settings = settings;
    const { crew, jobs } = client, introducer = new Introducer();
    this.#runner = new Runner(client, settings.name, () => {
      if (!this.#isOver()) this.#say(IDLE);
    });
    this.#line = new Line(
      port,
      introducer,
      () => crew.tellMet(),
      () => crew.call(),
    );
    this.#guests = new GuestBook(jobs.words, crew);
    client.introducer = introducer;
    client.find = (key) => this.#meet(key);
    client.ask = (key) => this.#ask(key);
    client.helper = this;
  }

  /** Runs jobs until there will be none. */
  async serve(): Promise<void> {
    const { crew } = this.#client;
    onClose(() => this.#closes = true);
    onUncaught((error) => this.#die(error));
    try {
      if (!await this.#initialize()) return;
      this.#say(IDLE);
      await this.#serve();
    } finally {
      this.#line.close();
      this.#guests.close();
      crew.leave(this.#member);
      crew.call();
    }
  }

  /** What nobody catches ends this thread, and what it runs; the maker finds it dead. */
  #die(cause: unknown): void {
    const job = this.#current;
    if (job !== 0) {
      const message = `Cannot finish task ${
        show(this.#client.readName(job).name)
      }: its thread threw outside of it`;
      const error = new BrokenExecutorError(message, { cause });
      this.#runner.finish(job, ERROR, error, false);
    }
    this.#runner.dies = true;
    close();
  }

  async #initialize(): Promise<boolean> {
    const { initializer, initArgs, name } = this.#settings;
    if (initializer === undefined) return true;
    try {
      const call = await load(initializer);
      await call(...initArgs);
      return true;
    } catch (error) {
      console.error(error);
      const packet = borrowPacket();
      encodeThrown(error, name, packet);
      this.#client.jobs.breakDown(packet);
      returnPacket(packet);
      return false;
    }
  }

  async #serve(): Promise<void> {
    const { jobs } = this.#client;
    while (!this.#isOver()) {
      let job = jobs.take();
      if (job === 0 && jobs.expect()) job = jobs.take();
      if (job === 0) {
        await turn();
        this.#turned = Date.now();
        if (!await this.#next()) return;
        job = this.#given;
        this.#given = 0;
        // A callback that waited for it ran it meanwhile.
        if (job === 0) continue;
      }
      if (job < 0) return;
      this.#say(BUSY);
      // Who submitted the next job may have counted on this thread, which seemed idle.
      if (this.#client.crew.wanting) this.#client.crew.call();
      this.#tasks++;
      this.#current = job;
      const running = this.#runner.run(job, true);
      if (running !== undefined) await running;
      this.#current = 0;
      if (running === undefined && Date.now() - this.#turned < PERIOD) continue;
      await turn();
      this.#turned = Date.now();
    }
  }

  /** Whether it takes no more jobs. */
  #isOver(): boolean {
    const { maxTasks } = this.#settings;
    return this.#closes || this.#tasks >= maxTasks ||
      cancellation(undefined) !== undefined;
  }

  /** Waits until it is given a job; false if there was none for long. */
  async #next(): Promise<boolean> {
    const { jobs } = this.#client, { takers } = jobs;
    let given = false;
    const attempt: Attempt = {
      demand: 1,
      run: () => {
        if (!given) given = (this.#given = jobs.take()) !== 0;
        return given;
      },
    };
    const action = "wait for a job";
    try {
      if (takers.block(attempt, { timeout: DOZE }, action, "")) return true;
      // What this thread has submitted is for it to read.
      do {
        const timeout = this.#settings.idleTimeout;
        if (await takers.settle(attempt, { timeout })) return true;
      } while (this.#client.open > 0);
    } catch (error) {
      if (!(error instanceof CancelledError)) throw error;
    }
    return given;
  }

  run(job: number): boolean {
    const { jobs, crew } = this.#client, given = job === this.#given;
    // One that another task here runs goes on when the event loop turns.
    if (!given && jobs.stateOf(job) !== PENDING) return false;
    if (!given && crew.hasIdle || this.#runner.depth >= DEEPEST) return false;
    const call = this.#runner.callOf(job);
    if (call === undefined || call instanceof AsyncFunction) {
      if (!given && !this.#staysStuck()) return false;
      throw this.#wouldBlock(job, call ? "awaits" : "is not loaded here");
    }
    if (!given && !jobs.takeThis(job)) return false;
    if (given) this.#given = 0;
    const status = this.#status;
    this.#say(BUSY);
    const running = this.#runner.run(job, false);
    this.#say(status);
    if (running !== undefined) throw this.#wouldBlock(job, "awaits");
    return true;
  }

  blocks(blocks: boolean): void {
    if (blocks) {
      this.#before.push(this.#status);
      this.#say(STUCK);
    } else {
      this.#say(this.#before.pop()!);
    }
  }

  #wouldBlock(job: number, what: string): WouldBlockError {
    const task = show(this.#client.readName(job).name);
    return new WouldBlockError(
      `Cannot wait by blocking for task ${task}, which ${what}: no other thread of its pool is free to run it; await it instead`,
    );
  }

  #say(status: number): void {
    this.#status = status;
    this.#client.crew.say(this.#member, status);
  }

  /** Whether all threads wait for each other, and did so a while ago: one whose job is over needs a moment to wake. */
  #staysStuck(): boolean {
    const now = performance.now();
    if (!this.#client.crew.allStuck) this.#stuckSince = Infinity;
    else if (now - this.#stuckSince > PERIOD) return true;
    else this.#stuckSince = Math.min(this.#stuckSince, now);
    return false;
  }

  async runAsync(job: Job): Promise<void> {
    await undefined;
    if (Date.now() - this.#turned > PERIOD) {
      await turn();
      this.#turned = Date.now();
    }
    const { jobs, crew } = this.#client, { place } = job;
    // Meanwhile it may be over, and its place another one's.
    if (job.ending !== undefined || place === 0 || crew.hasIdle) return;
    if (job.state !== PENDING || !jobs.takeThis(place)) return;
    await this.#runner.run(place, false);
  }

  #ask(key: number): void {
    this.#line.ask(key);
    this.#client.crew.call();
    this.#guests.ask(key);
  }

  /** The memory of a key, after a look at what others have told. */
  #meet(key: number): SharedArrayBuffer | undefined {
    this.#line.hear();
    return metBuffer(key);
  }
}
