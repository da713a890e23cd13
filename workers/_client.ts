/**
 * What a realm has submitted to a pool and not heard of yet.
 *
 * Jobs are taken in the order of their submits. So of those that this realm has submitted
 * the first ones are taken, and all behind the first pending one are pending too, but for
 * a few that were cancelled or that a thread which waits for them ran itself: they are
 * found when their turn comes, or by a look at all of them, once a second.
 *
 * *Progress* · While something is pending the realm listens to its bell, and keeps the
 * process alive. A round trip is short, so it looks for a while before it listens. And
 * while the threads have more to do than they can in the meantime, it listens once a
 * millisecond: to be woken for each job would take a core from them.
 *
 * @module
 */

import { decodeAny, encodeAny } from "../primitives/_bytes.ts";
import {
  borrowPacket,
  type Packet,
  returnPacket,
} from "../primitives/_packet.ts";
import {
  type AsyncWaitOptions,
  block,
  type Body,
  countdown,
  HASTY,
  linger,
  PROMPT,
  settle,
  SPIN_EVENT,
  SPIN_WAKE,
} from "../primitives/_park.ts";
import { Patience } from "../primitives/_patience.ts";
import { baseOf } from "../primitives/_cells.ts";
import {
  type Handle,
  openRecord,
  recordKey,
  type Words,
} from "../primitives/_record.ts";
import { threadId } from "../primitives/_thread_id.ts";
import { realm } from "../primitives/_realm.ts";
import { show } from "../primitives/_validate.ts";
import {
  QueueFullError,
  SyncStateError,
  ThreadStartError,
} from "../primitives/errors.ts";
import { CrewState } from "./_crew_state.ts";
import type { Introducer } from "./_introductions.ts";
import { Guest } from "./_lines.ts";
import { brokenError, encodeThrown, type Finder, Job } from "./_job.ts";
import { CALL, JobState, PENDING, runnerOf } from "./_job_state.ts";
import { turn } from "./_runtime.ts";
import { readProblem } from "./_runtime_start.ts";
import { type TaskId, taskId } from "./task.ts";

/** The kind of a pool's record. */
export const POOL = "ThreadPoolExecutor";

/** So many jobs are looked for before listening; and so often in a row it listens, before the event loop turns. */
const FEW = 4, BURSTS = 64;
/** How long it does not listen, in milliseconds, while at least so many jobs are to be taken. */
const REST = 1, LEAST = 16;
/** So many jobs are freed at once, and so many are kept for others. */
const BATCH = 64, SPARE = 4096;
/** How often all jobs are looked at, in milliseconds: while some are over, and when none was found. */
const LOOK_AT_ALL = 500, LOOK_AGAIN = 20;

/** How long to wait to be told of memory, in milliseconds. */
export const INTRODUCTION = 5000;

/** What the maker of a pool does for it. */
export interface Home {
  /** Starts the threads that have something to do. */
  staff(): void;
  /** Does what is to be done. */
  chores(): void;
  /** Blocks until all is done and all threads have ended. */
  join(action: string): void;
  /** Waits like `join`, without blocking the thread. */
  joinAsync(): Promise<void>;
}

/** The name of a task. */
interface Name {
  /** Where it is in the pool's memory. */
  readonly place: number;
  readonly text: string;
  /** Why its module cannot be loaded, if that is known. */
  readonly problem: string | undefined;
}

/** How a thread of the pool helps the one that it waits for. */
export interface Helper {
  /** Runs a job that is pending, if nobody else would soon; true if it is over. */
  run(job: number): boolean;
  /** Likewise, without blocking. */
  runAsync(job: Job): Promise<void>;
  /** The thread is about to block until a job is over, or does not any more. */
  blocks(blocks: boolean): void;
}

/** What a client has of its pool's memory for later: places of jobs that are over. */
interface Leftover {
  readonly jobs: JobState;
  /** For jobs to come. */
  readonly spare: number[];
  /** Of jobs that could not be freed yet. */
  kept: number[];
}

const leftovers = new FinalizationRegistry<Leftover>(
  ({ jobs, spare, kept }) => {
    jobs.free([...spare, ...kept]);
  },
);

let sweepAt = 64;

/** The client of a pool in this realm. */
export function clientOf(words: Words): Client {
  const { clients } = realm, key = recordKey(words);
  const known: Client | undefined = clients.get(key)?.deref();
  if (known !== undefined) return known;
  if (clients.size >= sweepAt) {
    for (const [key, old] of clients) {
      if (old.deref() === undefined) clients.delete(key);
    }
    sweepAt = 2 * clients.size + 64;
  }
  const client = new Client(new JobState(words));
  clients.set(key, new WeakRef(client));
  return client;
}

/** The job of a future that another thread has handed over. */
export function openHanded(
  handle: Handle<"Future">,
): { job: Job; client: Client } {
  const action = "open Future";
  if (handle?.kind !== "Future") {
    throw new TypeError(
      `Cannot ${action}: 'handle' must be of kind "Future", received ${
        show(handle?.kind)
      }`,
    );
  }
  const { buffer, byteOffset } = handle;
  const pool = { kind: POOL, buffer, byteOffset: 0 };
  const client = clientOf(openRecord([POOL], pool, baseOf));
  const place = client.jobs.pinnedAt(byteOffset);
  if (place === 0) {
    throw new TypeError(
      `Cannot ${action}: no future is at 'byteOffset' ${show(byteOffset)}`,
    );
  }
  const job = new Job(client, place, client.readName(place).name, true);
  return { job, client };
}

/** What this realm has submitted to a pool. */
export class Client {
  readonly jobs: JobState;
  readonly crew: CrewState;
  /** Tells the pool's threads of shared memory, where this realm can. */
  introducer: Introducer | undefined;
  /** Finds what others have told. */
  find: Finder | undefined;
  /** Asks them. */
  ask: ((key: number) => void) | undefined;
  /** Jobs whose outcome names memory that others were asked for, and until when. */
  readonly #asking = new Map<Job, number>();
  /** The threads, where this realm has made the pool. */
  home: Home | undefined;
  /** Runs what is waited for, in a thread of the pool. */
  helper: Helper | undefined;
  /** Those that were not seen to be taken, from `#next` on. */
  #fresh: Job[] = [];
  #next = 0;
  /** Those that were. */
  readonly #taken: Job[] = [];
  /** Those that others know, and may end out of turn. */
  readonly #known = new Set<Job>();
  /** The maker looks after its threads also while it blocks. */
  readonly #manner = () => this.home === undefined ? 0 : HASTY;
  readonly #leftover: Leftover;
  readonly #spare: number[] = [];
  readonly #names = new Map<unknown, Name>();
  #guest: Guest | undefined;
  #listens = false;
  readonly #patience = new Patience();
  #bursts = 0;
  #lookedAtAll = 0;
  /** How many jobs it has heard of, since when. */
  #heard = 0;
  #rated = 0;

  constructor(jobs: JobState) {
    this.jobs = jobs;
    this.crew = new CrewState(jobs);
    this.#leftover = { jobs, spare: this.#spare, kept: [] };
    leftovers.register(this, this.#leftover);
  }

  /** How many jobs this realm has not heard of. */
  get open(): number {
    return this.#fresh.length - this.#next + this.#taken.length;
  }

  /** Submits a call of a task. */
  submit(task: unknown, args: readonly unknown[], mode: number = CALL): Job {
    const action = "submit task", { jobs } = this;
    const name = this.#names.get(task) ?? this.#nameOf(action, task);
    const job = new Job(this, 0, name.text, false);
    if (name.problem !== undefined) {
      const error = new ThreadStartError(
        `Cannot run task ${show(name.text)}: ${name.problem}`,
      );
      job.end({ type: "error", error });
      return job;
    }
    const packet = borrowPacket();
    try {
      if (args.length === 0) packet.length = 0;
      else if (!this.#encode(args, packet, job)) return job;
      job.place = this.#place(packet, name.place, mode);
    } catch (error) {
      jobs.section.rescue();
      throw error;
    } finally {
      returnPacket(packet);
    }
    if (job.place === 0) throw this.#refusal(action);
    this.#fresh.push(job);
    if (!this.#listens) this.#listen();
    return job;
  }

  /** Submits a call, in the place of an old one if there is one. */
  #place(packet: Packet, name: number, mode: number): number {
    const { jobs } = this, old = this.#spare.pop();
    if (old !== undefined) {
      if (jobs.resubmit(old, packet, name, mode)) return old;
      this.#spare.push(old);
    }
    try {
      return jobs.submit(packet, name, mode);
    } catch (error) {
      if (!(error instanceof QueueFullError)) throw error;
      jobs.free(this.#spare.splice(0));
      return jobs.submit(packet, name, mode);
    }
  }

  /** Cancels a job of this realm, or one that it was handed. */
  cancel(job: Job): boolean {
    if (job.ending === undefined && this.jobs.cancel(job.place)) {
      if (!job.pinned) this.jobs.trim(job.place);
    }
    if (job.look()) job.tell();
    return job.ending?.type === "cancelled";
  }

  watch(job: Job): void {
    if (!job.handed) this.#known.add(job);
  }

  /** Learns of what is over, and calls back those who wait for it; true if there was something. */
  collect(): boolean {
    const over: Job[] = [], freed: number[] = [];
    for (const job of this.#known) {
      if (!job.look()) continue;
      this.#known.delete(job);
      job.tell();
    }
    const taken = this.#taken;
    let kept = 0;
    for (let i = 0; i < taken.length; i++) {
      const job = taken[i]!;
      if (this.#isOver(job)) over.push(job);
      else taken[kept++] = job;
    }
    taken.length = kept;
    const fresh = this.#fresh;
    while (this.#next < fresh.length) {
      const job = fresh[this.#next]!;
      if (job.ending === undefined && job.state === PENDING) break;
      this.#next++;
      if (this.#isOver(job)) over.push(job);
      else taken.push(job);
    }
    if (this.#next === fresh.length) {
      fresh.length = 0;
      this.#next = 0;
    } else if (this.#next > 1024 && this.#next * 2 > fresh.length) {
      this.#fresh = fresh.slice(this.#next);
      this.#next = 0;
    }
    for (const job of over) {
      // One that other threads know stays, and what was never there is not freed.
      const { place } = job;
      if (job.pinned || place === 0) continue;
      job.place = 0;
      if (this.#spare.length < SPARE && this.jobs.keep(place)) {
        this.#spare.push(place);
        continue;
      }
      freed.push(place);
      if (freed.length < BATCH) continue;
      this.#free(freed);
      freed.length = 0;
    }
    if (freed.length > 0) this.#free(freed);
    this.#heard += over.length;
    for (const job of over) job.tell();
    return over.length > 0;
  }

  #free(places: readonly number[]): void {
    const leftover = this.#leftover;
    leftover.kept.push(...this.jobs.free(places));
    if (leftover.kept.length <= BATCH) return;
    leftover.kept = this.jobs.free(leftover.kept);
  }

  /** Blocks until a job is over; false if the time is up. */
  wait(job: Job, options: AsyncWaitOptions, action: string): boolean {
    if (job.look()) return true;
    if (options.timeout === 0) return false;
    const body = this.jobs.untilOver(
      job.place,
      () => this.#sees(job),
      this.#manner,
    );
    const left = countdown(options.timeout);
    if (!this.#block(body, options, action, "resultAsync")) return false;
    if (!job.look()) {
      const timeout = Math.min(left(), INTRODUCTION);
      const met = this.crew.untilMet(() => job.look());
      this.#block(met, { ...options, timeout }, action, "resultAsync");
      if (left() <= 0) return false;
      this.#asking.set(job, 0);
      job.look();
    }
    job.tell();
    return true;
  }

  waitsFor(job: Job, key: number): boolean {
    if (this.ask === undefined) return false;
    const now = performance.now(), until = this.#asking.get(job);
    if (until !== undefined && now >= until) {
      this.#asking.delete(job);
      return false;
    }
    if (until !== undefined) return true;
    this.#asking.set(job, now + INTRODUCTION);
    this.ask(key);
    this.#meet(job, key);
    return true;
  }

  async #meet(job: Job, key: number): Promise<void> {
    const met = () =>
      job.ending !== undefined || this.find?.(key) !== undefined;
    const terms = { timeout: INTRODUCTION, patient: true };
    if (!await settle(this.crew.untilMet(met), terms)) {
      this.#asking.set(job, 0);
    }
    if (job.look()) job.tell();
    this.#asking.delete(job);
    this.collect();
  }

  #block(
    body: Body<boolean>,
    options: AsyncWaitOptions,
    action: string,
    instead: string,
  ): boolean {
    const { helper } = this;
    helper?.blocks(true);
    try {
      return block(body, options, action, instead);
    } finally {
      helper?.blocks(false);
    }
  }

  /** Waits like `wait`, without blocking the thread. */
  async settle(job: Job, options: AsyncWaitOptions): Promise<boolean> {
    options.signal?.throwIfAborted();
    if (job.look()) return true;
    if (options.timeout === 0) return false;
    this.assist(job);
    const body = job.handed
      ? this.jobs.untilOver(job.place, () => this.#sees(job))
      : this.#untilKnown(() => job.look());
    if (!await settle(body, options)) return false;
    job.look();
    return true;
  }

  /** Somebody here waits for a job to call back. */
  listenTo(job: Job): void {
    if (job.handed) this.#follow(job);
    else this.assist(job);
  }

  /** The name of a job's task. */
  readName(job: number): TaskId {
    const packet = borrowPacket();
    try {
      const name = this.jobs.taskOf(job);
      if (name === 0) return { url: "", name: "", hash: "" };
      this.jobs.read(name, packet);
      const [url, text, hash] = decodeAny(packet) as string[];
      return { url: url!, name: text!, hash: hash! };
    } finally {
      returnPacket(packet);
    }
  }

  /** Blocks until `done`, which is asked whenever something is over; false if the time is up. */
  waitFor(
    done: () => boolean,
    options: AsyncWaitOptions,
    action: string,
    hasty: boolean,
  ): boolean {
    const manner = hasty ? () => HASTY : this.#manner;
    const body = this.jobs.bells.untilRung(done, manner);
    return this.#block(body, options, action, "waitAsync");
  }

  /** Waits like `waitFor`, without blocking the thread. */
  async settleFor(
    done: () => boolean,
    options: AsyncWaitOptions,
    hasty: boolean,
  ): Promise<boolean> {
    const manner = PROMPT | (hasty ? HASTY : 0);
    return await settle(this.jobs.bells.untilRung(done, () => manner), options);
  }

  /** Looks for the ending of jobs that somebody waits for by blocking, and runs them if nobody else will. */
  help(jobs: Iterable<Job>): void {
    this.#look();
    for (const job of jobs) {
      if (job.ending === undefined && this.#sees(job)) job.tell();
    }
  }

  async #follow(job: Job): Promise<void> {
    this.assist(job);
    const body = this.jobs.untilOver(job.place, () => {
      this.#bury(job);
      return job.look();
    });
    await settle(body, { patient: true });
    job.look();
    job.tell();
  }

  /** Looks whether a job is over, and runs it if nobody else will. */
  #sees(job: Job): boolean {
    if (job.look()) return true;
    this.#bury(job);
    if (this.helper === undefined) return false;
    const { state } = job;
    if (state !== PENDING && runnerOf(state) !== threadId()) return false;
    return this.helper.run(job.place) && job.look();
  }

  /** In a thread of the pool: sees to it that a job is run which somebody here awaits. */
  assist(job: Job): void {
    if (this.helper === undefined || job.ending !== undefined) return;
    if (job.state === PENDING) this.#runAsync(this.helper, job);
  }

  async #runAsync(helper: Helper, job: Job): Promise<void> {
    await helper.runAsync(job);
    // Others before it may be pending, so it would not be collected yet.
    if (job.look()) job.tell();
  }

  #untilKnown(known: () => boolean): Body<boolean> {
    const done = () => {
      this.#look();
      return known();
    };
    return this.jobs.bells.untilRung(done, () => PROMPT);
  }

  /** Collects, and once in a while looks at all jobs. */
  #look(): void {
    const pause = this.collect() ? LOOK_AT_ALL : LOOK_AGAIN;
    const now = performance.now();
    if (now - this.#lookedAtAll < pause) return;
    this.#lookedAtAll = now;
    this.#mourn();
    for (const job of this.#taken) this.#bury(job);
    for (let i = this.#next; i < this.#fresh.length; i++) {
      const job = this.#fresh[i]!;
      if (job.look()) job.tell();
      else if (job.isAwaited) this.assist(job);
    }
    this.collect();
  }

  #isOver(job: Job): boolean {
    return job.ending !== undefined || job.look();
  }

  #bury(job: Job): void {
    if (job.ending === undefined && runnerOf(job.state) !== 0) {
      this.jobs.lose(job.place);
    }
    this.#mourn();
  }

  /** A pool whose maker is dead has no threads, and gets none. */
  #mourn(): void {
    if (!this.crew.isForsaken || this.jobs.isBroken) return;
    const packet = borrowPacket();
    encodeThrown(new Error("the thread that made it has ended"), "", packet);
    this.jobs.breakDown(packet);
    returnPacket(packet);
  }

  #listen(): void {
    this.#listens = true;
    // Not before the caller has submitted what it is about to.
    queueMicrotask(async () => {
      try {
        await this.#serve();
      } finally {
        this.#listens = false;
        if (this.open === 0) this.#guest?.rest();
        if (this.open > 0) this.#listen();
      }
    });
  }

  async #serve(): Promise<void> {
    const { jobs } = this, none = () => this.open === 0;
    if (++this.#bursts > BURSTS) {
      // What is over at once keeps the event loop from turning.
      await turn();
      this.#bursts = 0;
    }
    if (this.open <= FEW) {
      const look = () => {
        this.collect();
        return none();
      };
      // A thread that sleeps is not there in the time of a short look.
      const policy = this.#patience.ask() ? SPIN_WAKE : SPIN_EVENT;
      const seen = linger(jobs.words, jobs.bells.mine, policy, look);
      this.#patience.learn(seen);
      if (seen) return;
    }
    let rests = false;
    const enough = () => none() || (rests = this.#mayRest());
    for (;;) {
      await settle(this.#untilKnown(enough), { patient: true });
      // Whoever was told may have submitted the next job by now: that is no reason to rest.
      if (!rests) return;
      rests = false;
      await new Promise((over) => setTimeout(over, REST));
      this.collect();
    }
  }

  /** Whether the threads have so much to do that this one need not hear of each job. */
  #mayRest(): boolean {
    const now = performance.now(), passed = now - this.#rated;
    const rate = this.#heard / passed;
    this.#rated = now;
    this.#heard = 0;
    return this.jobs.ring.size > Math.max(LEAST, 2 * rate * REST);
  }

  #encode(
    args: readonly unknown[],
    packet: Packet,
    job: Job,
  ): boolean {
    try {
      encodeAny(args, packet, (key, buffer) => {
        (job.keeps ??= []).push(buffer);
        this.#introduces().introduce(key, buffer);
      });
      return true;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const error = new TypeError(
        `Cannot submit task ${
          show(job.name)
        }: its arguments cannot be sent to another thread: ${reason}`,
        { cause },
      );
      job.end({ type: "error", error });
      return false;
    }
  }

  #introduces(): Introducer {
    this.#guest?.attend();
    if (this.introducer !== undefined) return this.introducer;
    this.#guest = new Guest(this.jobs.words);
    return this.introducer = this.#guest.introducer;
  }

  /** The place of a task's name in the pool's memory. */
  #nameOf(
    action: string,
    task: unknown,
  ): Name {
    const { url, name, hash } = taskId(action, task);
    if (this.jobs.ring.isShut) throw this.#refusal(action);
    const packet = borrowPacket();
    try {
      encodeAny([url, name, hash], packet);
      const place = this.jobs.addName(packet), problem = readProblem(url);
      const known: Name = { place, text: name, problem };
      this.#names.set(task, known);
      return known;
    } finally {
      returnPacket(packet);
    }
  }

  #refusal(action: string): Error {
    if (this.jobs.isBroken) return brokenError(this.jobs, action);
    return new SyncStateError(`Cannot ${action}: the executor is shut down`);
  }
}
