/**
 * Sends many small tasks through a pool, some of which fail, are cancelled, or end their
 * thread, and other threads are ended too. Writes what was seen, as JSON, and ends.
 *
 * Arguments: how many tasks, how many threads die, and the seed.
 */

import {
  BrokenExecutorError,
  CancelledError,
  Future,
  Thread,
  ThreadPoolExecutor,
} from "@interlock/threading";
import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { realm } from "../../primitives/_realm.ts";
import {
  begin,
  type Marks,
  placeOf,
  textOf,
  type Way,
  work,
} from "./pool_bodies.ts";
import { random } from "./random.ts";

// Who sleeps finds out that somebody died when it looks around: here that is soon.
realm.slice = 100;

/** Threads of the pool, and the most tasks that are open at once. */
const WORKERS = 8, BURST = 1000;
/** Tasks of each way in a thousand; the rest return a number. */
const SHARES: Readonly<Partial<Record<Way, number>>> = {
  text: 100,
  throw: 50,
  await: 50,
  nested: 10,
  shared: 20,
  made: 20,
  turn: 1,
};
/** How a thread dies: its task ends it, or it is terminated, at rest or not. */
const DEATHS = ["task", "idle", "busy"] as const;
type Death = typeof DEATHS[number];
/** How many tasks are cancelled, if they can be. */
const CANCELLED = 0.05;

/** What was seen. */
export interface Seen {
  readonly deaths: number;
  readonly cancelled: number;
  readonly lost: number;
  /** Whether each future has called back once. */
  readonly told: boolean;
  /** After the first quarter of the tasks, and after all of them, in bytes. */
  readonly rss: [before: number, after: number];
  /** The same, of the pool's shared memory. */
  readonly record: [before: number, after: number];
  /** Names of threads that are there at the end. */
  readonly left: string[];
  readonly seconds: number;
}

interface Sent {
  readonly i: number;
  readonly way: Way;
  readonly future: Future<unknown>;
  cancelled: boolean;
}

class Run {
  readonly #pool: ThreadPoolExecutor;
  readonly #marks: Marks;
  /** How often each future has called back. */
  readonly #told: Uint8Array;
  readonly #next: () => number;
  readonly #tasks: number;
  #sent = 0;
  readonly #killed = new Set<Thread>();
  deaths = 0;
  cancelled = 0;
  lost = 0;

  constructor(tasks: number, seed: number) {
    this.#tasks = tasks;
    this.#next = random(seed);
    this.#marks = {
      ran: new Uint8Array(new SharedArrayBuffer(tasks)),
      threads: new Int32Array(new SharedArrayBuffer(4096)),
    };
    this.#told = new Uint8Array(tasks);
    this.#pool = new ThreadPoolExecutor({
      maxWorkers: WORKERS,
      namePrefix: "stress",
      initializer: begin,
      initArgs: [this.#marks],
    });
  }

  get progress(): number {
    return this.#sent / this.#tasks;
  }

  get recordSize(): number {
    return this.#pool.buffer.byteLength;
  }

  /** Submits some tasks, and waits until they have ended; one thread dies meanwhile, if that is asked for. */
  async burst(death: Death | undefined): Promise<void> {
    // The first one takes as much memory as all that come.
    const wanted = this.#sent === 0 ? BURST : 1 + this.#int(BURST);
    const most = Math.min(wanted, this.#tasks - this.#sent);
    const end = this.#int(most), sent: Sent[] = [];
    if (death === "idle") this.#killOne();
    for (let k = 0; k < most; k++) {
      const dies = k === end && death === "task";
      sent.push(this.#submit(dies ? "die" : this.#way()));
      if (k === end && death === "busy") this.#killOne();
      if (this.#next() >= CANCELLED) continue;
      const one = sent[this.#int(sent.length)]!;
      one.cancelled = one.future.cancel() || one.cancelled;
    }
    await this.#wait(sent.map(({ future }) => future));
    for (const one of sent) this.#check(one);
  }

  /** Ends a thread of the pool, from outside; none that only starts, as that breaks the pool. */
  #killOne(): void {
    const { threads: marked } = this.#marks;
    const threads = Thread.enumerate().filter((thread) => {
      const { name, id = -1 } = thread;
      return name.startsWith("stress") && marked[placeOf(id)] === id &&
        !this.#killed.has(thread);
    });
    if (threads.length === 0) return;
    const thread = threads[this.#int(threads.length)]!;
    thread.terminate();
    this.#killed.add(thread);
    this.deaths++;
  }

  /** Shuts the pool down; whether each future has called back once. */
  async end(): Promise<boolean> {
    await this.#pool.shutdownAsync();
    return this.#told.every((times) => times === 1);
  }

  #int(n: number): number {
    return Math.floor(this.#next() * n);
  }

  #way(): Way {
    let left = this.#int(1000);
    for (const [way, share] of Object.entries(SHARES)) {
      if ((left -= share) < 0) return way as Way;
    }
    return "value";
  }

  #submit(way: Way): Sent {
    const i = this.#sent++;
    const future = way === "shared"
      ? this.#pool.submit(
        work,
        i,
        way,
        new Int32Array(new SharedArrayBuffer(4)),
      )
      : this.#pool.submit(work, i, way);
    future.onDone(() => this.#told[i]!++);
    return { i, way, future, cancelled: false };
  }

  async #wait(futures: readonly Future<unknown>[]): Promise<void> {
    switch (this.#int(4)) {
      case 0:
        await Promise.allSettled(futures);
        break;
      case 1:
        for (const future of futures) {
          try {
            future.result();
          } catch {
            // It is looked at below.
          }
        }
        break;
      case 2:
        assertEquals(Future.wait(futures).notDone.size, 0);
        break;
      default: {
        let n = 0;
        for await (const { future } of Future.asCompleted(futures)) {
          assert(future.done);
          n++;
        }
        assertEquals(n, futures.length);
      }
    }
  }

  #check({ i, way, future, cancelled }: Sent): void {
    const ran = this.#marks.ran[i]!, what = `task ${i}, ${way}`;
    assertEquals([future.done, future.cancelled], [true, cancelled], what);
    if (cancelled) {
      this.cancelled++;
      assertEquals(ran, 0, `${what}: cancelled, and it ran`);
      return;
    }
    const error = future.exception();
    if (way === "die") this.deaths++;
    // A wait in a thread that is terminated is cancelled there, if it comes to that.
    const stopped = way === "nested" && error instanceof CancelledError;
    if (stopped || error instanceof BrokenExecutorError) {
      this.lost++;
      assert(ran <= 1, what);
      return;
    }
    if (way === "throw") {
      assertInstanceOf(error, RangeError, what);
      assertEquals([error.message, error.cause, ran], [`${i}`, i, 1], what);
      return;
    }
    if (error !== undefined) throw error;
    assertEquals(ran, 1, what);
    const value = future.result();
    if (way === "shared" || way === "made") {
      assertEquals([...value as Int32Array], [i], what);
    } else {
      assertEquals(value, way === "text" ? textOf(i) : 2 * i, what);
    }
  }
}

async function main([tasks, deaths, seed]: number[]): Promise<Seen> {
  const run = new Run(tasks!, seed!), start = performance.now();
  let rss = 0, record = 0, bursts = 0;
  while (run.progress < 1) {
    if (rss === 0 && run.progress >= 0.25) {
      rss = Deno.memoryUsage().rss;
      record = run.recordSize;
    }
    const dies = run.deaths < run.progress * deaths!;
    await run.burst(dies ? DEATHS[bursts++ % DEATHS.length] : undefined);
  }
  const sizes = [Deno.memoryUsage().rss, run.recordSize] as const;
  const told = await run.end();
  return {
    told,
    deaths: run.deaths,
    cancelled: run.cancelled,
    lost: run.lost,
    rss: [rss, sizes[0]],
    record: [record, sizes[1]],
    left: Thread.enumerate().map(({ name }) => name),
    seconds: (performance.now() - start) / 1000,
  };
}

if (import.meta.main) {
  console.log(JSON.stringify(await main(Deno.args.map(Number))));
}
