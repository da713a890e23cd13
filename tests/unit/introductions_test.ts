import { Lock } from "@interlock/threading";
import { assert, assertEquals } from "@std/assert";
import { keyAt } from "../../primitives/_handles.ts";
import { bufferKey } from "../../primitives/_record.ts";
import { Introducer, type Message } from "../../workers/_introductions.ts";
import { test } from "../support/stage.ts";
import { collect, Line, type Parcel } from "./introductions_peer.ts";

/** Lets the event loop turn, so that what is seen in one turn can go. */
function turn(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port2.onmessage = () => {
      port1.close();
      port2.close();
      resolve();
    };
    port1.postMessage(0);
  });
}

function memory(byteLength = 8) {
  const buffer = new SharedArrayBuffer(byteLength);
  return { buffer, key: bufferKey(buffer, true)! };
}

test("Peers are told once of what is introduced, those who come later too", () => {
  const introducer = new Introducer(), a = memory(), b = memory();
  const first: Message[] = [], second: Message[] = [];
  const post = (message: Message) => first.push(message);
  introducer.join(post);
  for (let i = 0; i < 3; i++) introducer.introduce(a.key, a.buffer);
  introducer.join((message) => second.push(message));
  introducer.leave(post);
  introducer.introduce(b.key, b.buffer);
  assertEquals([first, second], [[a], [a, b]]);
});

test("What a peer has introduced is introduced to the others only", () => {
  const hub = new Introducer(), a = memory();
  const told: Message[][] = [[], [], []];
  const met = told.map((list) => hub.join((message) => list.push(message)));
  const heard = met[0]!.take(a)!;
  hub.introduce(heard.key, heard.buffer);
  assertEquals(told, [[], [a], [a]]);
  assertEquals(met.map((one) => one.has(a.key)), [true, false, false]);
  // The peer was relied on to know it, and it is used here still.
  met[0]!.take({ forget: a.key });
  assertEquals([told[0], met[0]!.has(a.key)], [[a], false]);
});

test("What two peers introduce to each other at once is kept by neither", () => {
  const introducer = new Introducer(), a = memory(), told: Message[] = [];
  const met = introducer.join((message) => told.push(message));
  introducer.introduce(a.key, a.buffer);
  met.take(a);
  assertEquals([told, met.has(a.key)], [[a], false]);
  met.take({ forget: a.key });
  assertEquals(told, [a, a]);
});

test("Memory is known under its key where it was introduced, as it was before", () => {
  const met = new Introducer().join(() => {}), lock = new Lock();
  const { key, buffer } = met.take({
    key: keyAt(lock),
    buffer: structuredClone(lock.buffer),
  })!;
  assert(key === keyAt(lock) && buffer === lock.buffer);
  assert(met.find(key) === buffer && met.find(-1) === undefined);
});

test("What nothing uses is forgotten by the peers, once nothing does", async () => {
  const introducer = new Introducer(), told = new Set<number>();
  introducer.join((message) => {
    if ("forget" in message) told.add(message.forget);
  });
  const kept = memory();
  introducer.introduce(kept.key, kept.buffer);
  const keys = Array.from({ length: 100 }, () => {
    const { key, buffer } = memory();
    introducer.introduce(key, buffer);
    return key;
  });
  while (told.size < keys.length) {
    await turn();
    collect();
  }
  assertEquals([...told].sort(), keys.sort());
  assert(introducer.introduced(kept.key) === kept.buffer);
});

interface Shipped {
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  readonly round: number;
}

function stamp<T extends Uint8Array>(bytes: T, round: number): T {
  bytes[0] = round;
  return bytes;
}

/** A line to a realm of its own. */
function connect(onValue: (value: unknown) => void) {
  const peer = new Worker(import.meta.resolve("./introductions_peer.ts"), {
    type: "module",
  });
  const line = new Line((parcel) => peer.postMessage(parcel), onValue);
  peer.onmessage = ({ data }: MessageEvent<Parcel>) => line.take(data);
  return { line, [Symbol.dispose]: () => peer.terminate() };
}

test(
  "Memory that goes to another realm and back, and memory from there, is used and then given back",
  async () => {
    const SIZE = 2 ** 16, ROUNDS = 100, AT_ONCE = 50;
    const keys = new Set<number>(), { buffer, key } = memory(SIZE);
    const lasting = new Uint8Array(buffer);
    let arrived = 0, more = Promise.withResolvers<void>();
    using connection = connect((value) => {
      const { bytes, round } = value as Shipped;
      assert(bytes.length === SIZE && bytes[0] === round % 256);
      keys.add(bufferKey(bytes.buffer, true)!);
      // What was made there goes back, and comes again.
      if (round === 0) line.send({ bytes: stamp(bytes, 1), round: 1 });
      arrived++;
      more.resolve();
    });
    const { line } = connection;
    for (let round = 1; round <= ROUNDS; round++) {
      for (let i = 0; i < AT_ONCE; i++) {
        const bytes = new Uint8Array(new SharedArrayBuffer(SIZE));
        if (i === 0) line.send(SIZE);
        else line.send({ bytes: stamp(bytes, round), round });
      }
      line.send({ bytes: stamp(lasting, round), round });
      while (arrived < (AT_ONCE + 2) * round) {
        await more.promise;
        more = Promise.withResolvers();
      }
    }
    keys.delete(key);
    for (;;) {
      await turn();
      collect();
      const left = keys.values().filter((key) =>
        line.introducer.introduced(key) !== undefined || line.met.has(key)
      );
      if ([...left].length === 0) break;
      line.send(undefined);
    }
    assertEquals(line.early, 0);
    assert(line.introducer.introduced(key) === buffer && !line.met.has(key));
  },
);
