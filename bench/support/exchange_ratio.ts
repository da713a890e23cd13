/**
 * Small objects from two producers to two consumers: a Queue, the peer's channel, and a
 * MessagePort for each pair.
 *
 * @module
 */

import { Queue } from "../../mod.ts";
import type { Message, Report, Round, Start, Way } from "./exchange_worker.ts";
import { type Measured, ratio } from "./measure.ts";
import { channel } from "./peer.ts";

const PAIRS = 2, CAPACITY = 1024;
const TURNS = 7, TIMES = 20_000;
/** A round of the peer that takes longer is cut off: it has lost an item. */
const PATIENCE = 20_000;

/** What a measurement has found; ratios to ours. */
export interface Exchanged {
  readonly measured: Measured;
  readonly multithreading: number;
  readonly postMessage: number;
}

/** Measures rounds of each way in turn. */
export async function exchangeRatios(): Promise<Exchanged> {
  const crew = new ExchangeCrew();
  const ways: Way[] = ["ours", "multithreading", "postMessage"];
  const measured: Measured = {};
  try {
    await crew.ready;
    for (let turn = -2; turn < TURNS; turn++) {
      for (const way of turn % 2 === 0 ? ways : ways.toReversed()) {
        const start = performance.now();
        const report = await crew.round({ way, times: TIMES });
        const elapsed = performance.now() - start;
        const sum = PAIRS * TIMES * (TIMES - 1) / 2;
        // What the peer does to its items is its own affair.
        if (way !== "multithreading" && report.sum !== sum) {
          throw new Error(`${way} altered an item`);
        }
        // The first turns let the engine compile the loops.
        if (turn < 0) continue;
        (measured[way] ??= []).push(elapsed * 1e6 / (PAIRS * TIMES));
      }
    }
  } finally {
    crew.close();
  }
  return {
    measured,
    multithreading: ratio(measured, "multithreading", "ours"),
    postMessage: ratio(measured, "postMessage", "ours"),
  };
}

class ExchangeCrew {
  readonly ready: Promise<unknown>;
  readonly #workers: Worker[] = [];

  constructor() {
    const queue = new Queue<Message>({ maxSize: CAPACITY });
    const [sender, receiver] = channel<Message>(CAPACITY, { size: 2 ** 26 });
    const started: Promise<unknown>[] = [];
    for (let n = 0; n < PAIRS; n++) {
      const { port1, port2 } = new MessageChannel();
      for (const produces of [true, false]) {
        const worker = new Worker(
          new URL("./exchange_worker.ts", import.meta.url),
          { type: "module" },
        );
        const port = produces ? port1 : port2;
        const end = produces ? sender.clone() : receiver.clone();
        const peer = serialize(end);
        const start: Start = { produces, queue: queue.handle, peer, port };
        started.push(next(worker));
        worker.postMessage(start, [port]);
        this.#workers.push(worker);
      }
    }
    this.ready = Promise.all(started);
  }

  async round(round: Round): Promise<Report> {
    const reports = this.#workers.map((worker) => next<Report>(worker));
    for (const worker of this.#workers) worker.postMessage(round);
    const total = { count: 0, sum: 0 };
    for (const report of await Promise.all(reports)) {
      total.count += report.count;
      total.sum += report.sum;
    }
    return total;
  }

  close(): void {
    for (const worker of this.#workers) worker.postMessage(null);
  }
}

/** The peer's end as it makes itself ready for the way to another thread. */
function serialize(end: object): unknown {
  const prototype = Object.getPrototypeOf(Object.getPrototypeOf(end));
  const [name] = Object.getOwnPropertySymbols(prototype);
  const ends = end as Record<symbol, () => [unknown, unknown[]]>;
  return ends[name!]!()[0];
}

function next<T>(worker: Worker): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error("A round hangs")), PATIENCE);
    worker.onmessage = ({ data }) => {
      clearTimeout(late);
      resolve(data);
    };
  });
}

if (import.meta.main) console.log(await exchangeRatios());
