/**
 * Streams of items from one worker to another: SpscQueue beside ringbuf.js and a
 * MessagePort.
 *
 * The contenders take turns round by round. The consumer looks at each item, and a
 * round fails if one is lost, doubled, altered or out of order.
 *
 * @module
 */

import { SpscQueue } from "../../mod.ts";
import type { Measured } from "./measure.ts";
import { RingBuffer } from "./peer.ts";
import {
  CAPACITY,
  type Job,
  type Pipe,
  RECORD_BYTES,
  type Role,
} from "./streams_worker.ts";

/** What a stream is of. */
export type Kind = "int32" | "records";

/** By contender, how many items a round has: about 30 ms of them. */
const ROUNDS: Record<Kind, Record<string, number>> = {
  int32: {
    "ours": 4_194_304,
    "ours, one by one": 1_048_576,
    "ringbuf.js": 131_072,
    "MessagePort": 32_768,
  },
  records: {
    "ours": 65_536,
    "ours, fresh arrays": 32_768,
    "ringbuf.js": 32_768,
    "MessagePort": 8_192,
  },
};

/** Rounds in which the engine compiles the loops. */
const WARM_UP = 4;
/** In milliseconds; longer than any round takes. */
const PATIENCE = 60_000;

/** Two workers, a producer and a consumer. */
export class Streams {
  /** The contenders. */
  readonly names: readonly string[];
  readonly #kind: Kind;
  readonly #producer: Worker;
  readonly #consumer: Worker;

  /** Starts the workers. */
  constructor(kind: Kind) {
    this.#kind = kind;
    this.names = Object.keys(ROUNDS[kind]);
    this.#producer = start("producer");
    this.#consumer = start("consumer");
  }

  /** How many items a round of a contender has. */
  items(name: string): number {
    return ROUNDS[this.#kind][name]!;
  }

  /** Sends one round of items through a contender; nanoseconds per item. */
  async round(name: string): Promise<number> {
    const items = this.items(name);
    const { port1, port2 } = new MessageChannel();
    const pipe = makePipe(this.#kind, name);
    const ready = Promise.all(
      ([[this.#producer, port1], [this.#consumer, port2]] as const).map(
        ([worker, port]) => {
          const answer = answerOf(worker);
          const job: Job = { kind: this.#kind, name, items, pipe, port };
          worker.postMessage(job, [port]);
          return answer;
        },
      ),
    );
    await ready;
    const ended = answerOf(this.#consumer), sent = answerOf(this.#producer);
    const begin = performance.now();
    this.#consumer.postMessage("go");
    this.#producer.postMessage("go");
    await ended;
    const elapsed = performance.now() - begin;
    await sent;
    return elapsed * 1e6 / items;
  }

  /** Ends the workers. */
  close(): void {
    this.#producer.terminate();
    this.#consumer.terminate();
  }
}

/** Measures a kind of stream; nanoseconds per item of each round, by contender. */
export async function streamRatios(kind: Kind, turns = 11): Promise<Measured> {
  const streams = new Streams(kind), measured: Measured = {};
  try {
    for (let turn = -WARM_UP; turn < turns; turn++) {
      // There and back: who comes after whom must not matter.
      const { names } = streams;
      for (const name of turn % 2 === 0 ? names : names.toReversed()) {
        const nanoseconds = await streams.round(name);
        if (turn >= 0) (measured[name] ??= []).push(nanoseconds);
      }
    }
    return measured;
  } finally {
    streams.close();
  }
}

function start(role: Role): Worker {
  return new Worker(new URL("./streams_worker.ts", import.meta.url), {
    type: "module",
    name: role,
  });
}

/** The next message of a worker; an error if it is not "ok". */
function answerOf(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error("A worker does not end its round")),
      PATIENCE,
    );
    worker.onerror = (event) => {
      event.preventDefault();
      clearTimeout(timer);
      reject(new Error(event.message));
    };
    worker.onmessage = ({ data }) => {
      clearTimeout(timer);
      if (data === "ok") resolve();
      else reject(new Error(data));
    };
  });
}

function makePipe(kind: Kind, name: string): Pipe {
  const capacity = kind === "int32" ? CAPACITY : CAPACITY * RECORD_BYTES / 4;
  const type = kind === "int32" ? "int32" : "bytes";
  return name === "ringbuf.js"
    ? RingBuffer.getStorageForCapacity(
      capacity,
      kind === "int32" ? Int32Array : Uint8Array,
    ) as SharedArrayBuffer
    : new SpscQueue({ type, capacity }).handle;
}
