// Channel: 158 to 174.

import {
  AtomicInt32,
  Channel,
  ChannelClosedError,
  codecs,
  QueueFullError,
  TimeoutError,
} from "@interlock/threading";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type Face,
  QUIET,
  reached,
  rest,
  test,
  testFaces,
} from "../support/stage.ts";
import * as bodies from "./channel_bodies.ts";
import { Peer } from "./queue_peer.ts";

const { receive, send, step } = bodies;

const CLOSED_SEND = "ChannelClosedError: Cannot send to Channel: it is closed";
const CLOSED_RECEIVE =
  "ChannelClosedError: Cannot receive from Channel: it is closed";

/** What each item shows, in the order of arrival, for each producer. */
function assertOrdered(items: readonly number[]): void {
  const last = new Map<number, number>();
  for (const item of items) {
    const producer = Math.floor(item / bodies.EACH);
    assert(item > (last.get(producer) ?? -1), "out of order");
    last.set(producer, item);
  }
}

/** Tries until another thread has come so far. */
async function until(attempt: () => boolean): Promise<void> {
  for (let i = 0; !attempt(); i++) {
    assert(i < 1000, "it does not come about");
    await rest("async", 5);
  }
}

for (const maxSize of [0, 1, 200]) {
  testFaces(
    `158 A channel for ${maxSize} takes what threads send to those who receive, in order`,
    async (face, stage) => {
      const channel = new Channel<number>({ maxSize });
      const N = 50;
      const sent = stage.party(face, bodies.produce, [channel], 1, N, false);
      for (let i = 0; i < N; i++) {
        assertEquals(await channel.receiveAsync(5000), bodies.EACH + i);
      }
      await sent;
      assertEquals(channel.size, 0);
    },
  );

  testFaces(
    `160 A channel for ${maxSize} that is closed gives what it has, and then says so`,
    async (face, stage) => {
      const channel = new Channel<number>({ maxSize });
      const kept = Math.min(maxSize, 3);
      for (let i = 0; i < kept; i++) await send(face, channel, i);
      channel.close();
      assert(channel.isClosed);
      for (let i = 0; i < kept; i++) {
        assertEquals(await receive(face, channel), i);
      }
      for (const wait of [undefined, 0, 5]) {
        await assertRejects(
          () => receive(face, channel, wait),
          ChannelClosedError,
        );
      }
      assertThrows(() => channel.tryReceive(), ChannelClosedError);

      const empty = new Channel<number>({ maxSize });
      const peer = new Peer(stage, face, [
        step(empty as Channel<never>, "receive"),
      ]);
      await peer.blocks();
      empty.close();
      await peer.passes();
      assertEquals(await peer.outcomes, [CLOSED_RECEIVE]);
    },
  );

  testFaces(
    `174 Close of a channel for ${maxSize} can be repeated, and a send throws then, also one that waits`,
    async (face, stage) => {
      const channel = new Channel<number>({ maxSize });
      for (let i = 0; i < maxSize; i++) assert(channel.trySend(i));
      const peer = new Peer(stage, face, [
        step(channel as Channel<never>, "send", 7),
        step(channel as Channel<never>, "send", 7, 0),
      ]);
      await peer.blocks();
      for (let i = 0; i < 2; i++) channel.close();
      Channel.from<number>(channel).close();
      await peer.passes();
      await peer.begins();
      assertEquals(await peer.outcomes, [CLOSED_SEND, CLOSED_SEND]);
      assertThrows(() => channel.trySend(1), ChannelClosedError);
      assertEquals(channel.size, maxSize);
      assertEquals([...channel].length, maxSize);
    },
  );

  testFaces(
    `165 172 Four that send and three that receive at a channel for ${maxSize} lose and double nothing`,
    async (face, stage) => {
      const PRODUCERS = 4, N = maxSize === 0 ? 60 : 150;
      const channel = new Channel<number>({ maxSize, codec: codecs.int32 });
      const consumed = stage.parties(face, 3, bodies.consume, [channel], false);
      await Promise.all(
        Array.from(
          { length: PRODUCERS },
          (_, p) => stage.party(face, bodies.produce, [channel], p, N, false),
        ),
      );
      channel.close();
      const all = (await consumed).map(([items]) => items!);
      for (const items of all) assertOrdered(items);
      const items = all.flat().sort((a, b) => a - b);
      const expected = Array.from(
        { length: PRODUCERS * N },
        (_, k) => Math.floor(k / N) * bodies.EACH + k % N,
      );
      assertEquals(items, expected);
    },
  );
}

test("161 172 Attempts say which of three it is, and say so again", () => {
  const channel = new Channel<string>({ maxSize: 1 });
  for (let i = 0; i < 2; i++) assertEquals(channel.tryReceive(), undefined);
  assert(channel.trySend("a"));
  for (let i = 0; i < 2; i++) assertEquals(channel.trySend("b"), false);
  assertEquals(channel.tryReceive(), { value: "a" });
  assert(channel.trySend("c"));
  channel.close();
  for (let i = 0; i < 2; i++) {
    assertThrows(() => channel.trySend("d"), ChannelClosedError);
  }
  assertEquals(channel.tryReceive(), { value: "c" });
  for (let i = 0; i < 2; i++) {
    assertThrows(() => channel.tryReceive(), ChannelClosedError);
  }
});

testFaces(
  "161 167 An attempt meets who waits, and no other attempt",
  async (face, stage) => {
    const channel = new Channel<string>();
    for (let i = 0; i < 2; i++) {
      assertEquals(channel.trySend("nobody"), false);
      assertEquals(channel.tryReceive(), undefined);
    }
    const peer = new Peer(stage, face, [
      step(channel as Channel<never>, "receive", 5000),
      step(channel as Channel<never>, "send", "from it", 5000),
    ]);
    await peer.begins();
    await until(() => channel.trySend("to it"));
    assertEquals(channel.trySend("another"), false);
    await peer.passes();
    await peer.begins();
    await until(() => channel.tryReceive()?.value === "from it");
    assertEquals(channel.tryReceive(), undefined);
    await peer.passes();
    assertEquals(await peer.outcomes, ["to it", undefined]);
  },
);

testFaces(
  "167 A send ends when its item is taken, and the size stays 0",
  async (face, stage) => {
    const channel = new Channel<number>();
    const peer = new Peer(stage, face, [
      step(channel as Channel<never>, "send", 1),
      step(channel as Channel<never>, "send", 2, 5000),
    ]);
    for (const item of [1, 2]) {
      await peer.blocks();
      assertEquals([channel.size, channel.maxSize], [0, 0]);
      assertEquals(await channel.receiveAsync(), item);
      await peer.passes();
      assertEquals(channel.size, 0);
    }
    assertEquals(await peer.outcomes, [undefined, undefined]);
  },
);

testFaces(
  "162 A wait ends in time, at once without time, and loses nothing",
  async (face, stage) => {
    for (const maxSize of [0, 1]) {
      const channel = new Channel<number>({ maxSize });
      for (const wait of [0, 1, { timeout: 5 }]) {
        await assertRejects(() => receive(face, channel, wait), TimeoutError);
      }
      for (let i = 0; i < maxSize; i++) await send(face, channel, i, 0);
      for (const wait of [0, 1, { timeout: 5 }]) {
        await assertRejects(() => send(face, channel, 9, wait), TimeoutError);
      }
      for (let i = 0; i < maxSize; i++) {
        assertEquals(await receive(face, channel, 0), i);
      }
      assertEquals(channel.tryReceive(), undefined);
      assertEquals(channel.trySend(1), maxSize > 0);
    }
    const N = 40, impatient = new Channel<number>();
    const consumed = stage.parties(face, 2, bodies.consume, [impatient], true);
    await Promise.all(
      [0, 1].map((p) =>
        stage.party(face, bodies.produce, [impatient], p, N, true)
      ),
    );
    impatient.close();
    const items = (await consumed).flat(2).sort((a, b) => a - b);
    assertEquals(
      items,
      [0, 1].flatMap((p) =>
        Array.from({ length: N }, (_, i) => p * bodies.EACH + i)
      ),
    );
  },
);

testFaces("163 A very long timeout is one", async (face, stage) => {
  const channel = new Channel<number>();
  const peer = new Peer(stage, face, [
    step(channel as Channel<never>, "receive", 2 ** 31 + 5),
    step(channel as Channel<never>, "send", 2, Number.MAX_SAFE_INTEGER),
  ]);
  await peer.blocks();
  await until(() => channel.trySend(1));
  await peer.passes();
  await peer.blocks();
  await until(() => channel.tryReceive()?.value === 2);
  assertEquals(await peer.outcomes, [1, undefined]);
});

testFaces(
  "166 A loop ends with the channel, and one that breaks off leaves it usable",
  async (face, stage) => {
    for (const maxSize of [0, 2]) {
      const channel = new Channel<number>({ maxSize });
      const first = stage.party(face, bodies.loop, channel, 2);
      for (const item of [1, 2]) await channel.sendAsync(item, 5000);
      assertEquals(await first, [1, 2]);
      const second = stage.party(face, bodies.loop, channel, Infinity);
      for (const item of [3, 4]) await channel.sendAsync(item, 5000);
      channel.close();
      assertEquals(await second, [3, 4]);
    }
  },
);

testFaces(
  "168 Memory of items that were received, offered and taken back, or refused is used again",
  async (face) => {
    for (const maxSize of [0, 4]) {
      const channel = new Channel<Uint8Array>({
        maxSize,
        codec: codecs.bytes,
        capacity: 1024,
      });
      const item = new Uint8Array(300);
      for (let i = 0; i < 30; i++) {
        const received = channel.receiveAsync(5000);
        await channel.sendAsync(item, 5000);
        assertEquals((await received).length, 300);
        if (maxSize === 0) {
          await assertRejects(
            () => send(face, channel, item, 0.1),
            TimeoutError,
          );
        }
      }
      assertEquals(channel.size, 0);
      await assertRejects(
        () => send(face, channel, new Uint8Array(2000)),
        QueueFullError,
        "'capacity'",
      );
    }
  },
);

test("169 The size and the most items are what they are, in each view", () => {
  for (const maxSize of [0, 1, 3, Infinity]) {
    const channel = new Channel<number>({ maxSize });
    const view = Channel.from<number>(channel.handle);
    assertEquals([view.maxSize, view.size], [maxSize, 0]);
    let n = 0;
    while (n < 5 && channel.trySend(n)) assertEquals(view.size, ++n);
    assertEquals(n, Math.min(maxSize, 5));
    while (n > 0) {
      view.tryReceive();
      assertEquals(channel.size, --n);
    }
  }
  assertEquals(new Channel().maxSize, 0);
  assertEquals(`${new Channel({ maxSize: 2 })}`, "Channel(size: 0)");
});

test("170 An attempt finds what the same thread sent before", () => {
  const channel = new Channel<number>({ maxSize: 4 });
  for (let i = 0; i < 100; i++) {
    channel.send(i);
    assertEquals(channel.tryReceive(), { value: i });
  }
});

testFaces(
  "171 A channel goes through a channel, and back comes an answer",
  async (face, stage) => {
    const channels = new Channel<Channel<string>>();
    const mine = new Channel<string>();
    const answered = stage.party(face, bodies.answer, channels, mine);
    await channels.sendAsync(mine, 5000);
    assertEquals(await mine.receiveAsync(5000), "here");
    await answered;
  },
);

test("164 173 Those who only try find every item before the end", async (stage) => {
  const channel = new Channel<number>({ maxSize: 2 });
  const threads = [0, 1].map(() => stage.thread(bodies.poll, channel));
  for (let i = 0; i < 200; i++) await channel.sendAsync(i, 5000);
  channel.close();
  const [a, b] = await Promise.all(threads.map((t) => t.resultAsync(5000)));
  assertEquals((a as number) + (b as number), 200);
});

test("A receiver whose thread has ended takes nothing, and the offer of one can be received", async (stage) => {
  const from = new Channel<number>(), to = new Channel<number>();
  const waiting = new AtomicInt32();
  const thread = stage.thread(bodies.leaveBehind, from, to, waiting);
  await reached(waiting, 1);
  await thread.joinAsync(5000);
  // Its end is known a little later than its result.
  await until(() => {
    const sent = from.trySend(1);
    if (sent) from.tryReceive();
    return !sent;
  });
  assertEquals(to.tryReceive(), { value: 7 });
});

test("159 A send waits though nobody will receive: there are no receivers to be gone", async () => {
  const channel = new Channel<number>();
  const sent = channel.sendAsync(1, QUIET);
  await assertRejects(() => sent, TimeoutError);
});

for (const method of ["send", "receive"] as const) {
  test(`249 ${method}: an abort beside the other side loses nothing, whichever comes first`, async () => {
    for (const meets of [true, false]) {
      const channel = new Channel<number>();
      const abort = new AbortController(), reason = new Error("enough");
      const { signal } = abort;
      const waiting = method === "send"
        ? channel.sendAsync(1, { signal })
        : channel.receiveAsync({ signal });
      const outcome = waiting.then(() => "done", (error) => error);
      await rest("async", 5);
      const meet = () =>
        method === "send"
          ? channel.tryReceive() !== undefined
          : channel.trySend(1);
      if (meets) assert(meet());
      abort.abort(reason);
      if (!meets) assert(!meet());
      assertEquals(await outcome, meets ? "done" : reason);
    }
  });
}

testFaces(
  "250 A thread that blocks while its own tasks wait leaves nobody behind",
  async (face: Face, stage) => {
    const channel = new Channel<number>();
    const tasks = [channel.sendAsync(1, 5000), channel.sendAsync(2, 5000)];
    // The items of its own tasks are there for it, though they cannot run.
    assertEquals([channel.receive(5000), channel.receive(5000)], [1, 2]);
    await Promise.all(tasks);
    const received = [channel.receiveAsync(5000), channel.receiveAsync(5000)];
    const sent = stage.party(face, bodies.produce, [channel], 0, 2, false);
    assertEquals(await Promise.all(received), [0, 1]);
    await sent;
  },
);
