/**
 * The producer or the consumer of a stream.
 *
 * @module
 */

import { type Handle, SpscQueue } from "../../mod.ts";
import { RingBuffer } from "./peer.ts";
import type { Kind } from "./streams.ts";

/** What a worker of a stream is. */
export type Role = "producer" | "consumer";

/** What items go through, if it is not a port. */
export type Pipe = SharedArrayBuffer | Handle<"SpscQueue">;

/** One round. */
export interface Job {
  kind: Kind;
  name: string;
  items: number;
  pipe: Pipe;
  port: MessagePort;
}

/** Numbers that fit into a ring; of records a fourth. */
export const CAPACITY = 1024;
/** The bytes of a record. */
export const RECORD_BYTES = 1024;
/** Numbers that are put at a time. */
const MANY = 256;

type Run = (job: Job) => void | Promise<void>;

/** A record of which each has another byte at another place. */
const record = new Uint8Array(RECORD_BYTES);

function fill(i: number): Uint8Array {
  record[i & RECORD_BYTES - 1] = i;
  return record;
}

function check(holds: boolean, i: number): void {
  if (!holds) throw new Error(`Item ${i} is not what was sent`);
}

function checkRecord(got: Uint8Array, length: number, i: number): void {
  check(
    length === RECORD_BYTES && got[i & RECORD_BYTES - 1] === (i & 0xff),
    i,
  );
}

function numbers(pipe: Pipe): SpscQueue<"int32"> {
  return SpscQueue.from<"int32">(pipe as Handle<"SpscQueue">);
}

function records(pipe: Pipe): SpscQueue<"bytes"> {
  return SpscQueue.from<"bytes">(pipe as Handle<"SpscQueue">);
}

/** What comes through a port, until all has come. */
function receive<T>(
  { port, items }: Job,
  look: (item: T, i: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let i = 0;
    port.onmessage = ({ data }) => {
      try {
        look(data, i++);
      } catch (error) {
        reject(error);
      }
      if (i === items) resolve();
    };
  });
}

// Each contender has loops of its own, so that the engine compiles each for itself.
const RUNS: Record<Kind, Record<string, Record<Role, Run>>> = {
  int32: {
    "ours": {
      producer({ pipe, items }) {
        const queue = numbers(pipe), many = new Int32Array(MANY);
        for (let i = 0; i < items; i += MANY) {
          for (let n = 0; n < MANY; n++) many[n] = i + n;
          queue.putMany(many);
        }
      },
      consumer({ pipe, items }) {
        const queue = numbers(pipe), many = new Int32Array(MANY);
        for (let i = 0; i < items;) {
          const count = queue.getInto(many);
          for (let n = 0; n < count; n++, i++) check(many[n] === i, i);
        }
      },
    },
    "ours, one by one": {
      producer({ pipe, items }) {
        const queue = numbers(pipe);
        for (let i = 0; i < items; i++) queue.put(i);
      },
      consumer({ pipe, items }) {
        const queue = numbers(pipe);
        for (let i = 0; i < items; i++) check(queue.get() === i, i);
      },
    },
    "ringbuf.js": {
      producer({ pipe, items }) {
        const ring = new RingBuffer(pipe as SharedArrayBuffer, Int32Array);
        const one = new Int32Array(1);
        for (let i = 0; i < items; i++) {
          one[0] = i;
          while (ring.push(one) === 0);
        }
      },
      consumer({ pipe, items }) {
        const ring = new RingBuffer(pipe as SharedArrayBuffer, Int32Array);
        const one = new Int32Array(1);
        for (let i = 0; i < items; i++) {
          while (ring.pop(one) === 0);
          check(one[0] === i, i);
        }
      },
    },
    "MessagePort": {
      producer({ port, items }) {
        for (let i = 0; i < items; i++) port.postMessage(i);
      },
      consumer: (job) =>
        receive<number>(job, (item, i) => check(item === i, i)),
    },
  },
  records: {
    "ours": {
      producer({ pipe, items }) {
        const queue = records(pipe);
        for (let i = 0; i < items; i++) queue.put(fill(i));
      },
      consumer({ pipe, items }) {
        const queue = records(pipe), into = new Uint8Array(RECORD_BYTES);
        for (let i = 0; i < items; i++) {
          checkRecord(into, queue.getInto(into), i);
        }
      },
    },
    "ours, fresh arrays": {
      producer({ pipe, items }) {
        const queue = records(pipe);
        for (let i = 0; i < items; i++) queue.put(fill(i));
      },
      consumer({ pipe, items }) {
        const queue = records(pipe);
        for (let i = 0; i < items; i++) {
          const got = queue.get();
          checkRecord(got, got.length, i);
        }
      },
    },
    "ringbuf.js": {
      producer({ pipe, items }) {
        const ring = new RingBuffer(pipe as SharedArrayBuffer, Uint8Array);
        for (let i = 0; i < items; i++) {
          // It pushes a part, if only that fits.
          while (ring.available_write() < RECORD_BYTES);
          ring.push(fill(i));
        }
      },
      consumer({ pipe, items }) {
        const ring = new RingBuffer(pipe as SharedArrayBuffer, Uint8Array);
        const into = new Uint8Array(RECORD_BYTES);
        for (let i = 0; i < items; i++) {
          while (ring.available_read() < RECORD_BYTES);
          checkRecord(into, ring.pop(into), i);
        }
      },
    },
    "MessagePort": {
      producer({ port, items }) {
        for (let i = 0; i < items; i++) port.postMessage(fill(i));
      },
      consumer: (job) =>
        receive<Uint8Array>(job, (got, i) => checkRecord(got, got.length, i)),
    },
  },
};

let job: Job | undefined;

/** A round: what it is of, and then "go". */
self.onmessage = async ({ data }: MessageEvent<Job | "go">) => {
  try {
    if (data === "go") {
      const { kind, name, port } = job!;
      await RUNS[kind][name]![self.name as Role](job!);
      if (self.name === "consumer") port.close();
    } else {
      job = data;
    }
    self.postMessage("ok");
  } catch (error) {
    self.postMessage(String(error));
  }
};
