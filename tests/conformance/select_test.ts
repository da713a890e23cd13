// select: 176 to 183.

import {
  Channel,
  codecs,
  select,
  selectAsync,
  TimeoutError,
  trySelect,
} from "@interlock/threading";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { realm } from "../../primitives/_realm.ts";
import { rest, test, testFaces } from "../support/stage.ts";
import * as channels from "./channel_bodies.ts";
import * as bodies from "./select_bodies.ts";

const { selectOn } = bodies;

testFaces("176 The arm that is ready comes about", async (face) => {
  for (const maxSize of [1, 5]) {
    const a = new Channel<number>({ maxSize }), b = new Channel<string>();
    const full = new Channel<string>({ maxSize: 1 });
    full.send("full");
    assertEquals(
      await selectOn(face, [{ receive: a }, { send: full, value: "x" }, {
        send: a,
        value: 7,
      }]),
      { index: 2 },
    );
    assertEquals(
      await selectOn(face, [{ receive: b }, { receive: a }]),
      { index: 1, value: 7 },
    );
    assertEquals(full.size, 1);
  }
});

testFaces(
  "176 A select that waits is woken for a receive and for a send",
  async (face, stage) => {
    for (const maxSize of [0, 1]) {
      const a = new Channel<number>({ maxSize }),
        b = new Channel<number>({ maxSize });
      const receiving = stage.party(face, bodies.selectOnce, [{ receive: a }, {
        receive: b,
      }], 10_000);
      await rest("async", 10);
      await b.sendAsync(5, 5000);
      assertEquals(await receiving, { index: 1, value: 5 });
      for (const channel of [a, b]) if (maxSize > 0) channel.send(1);
      const sending = stage.party(face, bodies.selectOnce, [
        { send: a, value: 8 },
        { send: b, value: 9 },
      ], 10_000);
      await rest("async", 10);
      const first = await a.receiveAsync(5000);
      assertEquals(await sending, { index: 0 });
      assertEquals(
        [first, maxSize > 0 ? a.receive() : 8],
        maxSize > 0 ? [1, 8] : [8, 8],
      );
    }
  },
);

testFaces(
  "176 Two selects meet, each with two channels",
  async (face, stage) => {
    const a = new Channel<number>(), b = new Channel<number>();
    for (let i = 0; i < 10; i++) {
      const both = [
        stage.party(face, bodies.selectOnce, [{ send: a, value: 1 }, {
          send: b,
          value: 2,
        }], 10_000),
        stage.party(
          face,
          bodies.selectOnce,
          [{ receive: b }, { receive: a }],
          10_000,
        ),
      ] as const;
      const [sent, received] = await Promise.all(both);
      assertEquals(received.index, 1 - sent.index);
      assertEquals(received.value, sent.index + 1);
      if (face === "sync" && i === 2) break;
    }
  },
);

testFaces(
  "177 An arm whose channel is closed is ready, also without time",
  async (face) => {
    for (const maxSize of [0, 1]) {
      const closed = new Channel<number>({ maxSize }),
        open = new Channel<number>();
      if (maxSize > 0) closed.send(3);
      closed.close();
      const arms = [{ receive: open }, { receive: closed }];
      if (maxSize > 0) {
        assertEquals(await selectOn(face, arms), { index: 1, value: 3 });
      }
      for (const wait of [undefined, 0, 5]) {
        assertEquals(await selectOn(face, arms, wait), {
          index: 1,
          closed: true,
        });
        assertEquals(
          await selectOn(face, [{ send: closed, value: 1 }], wait),
          { index: 0, closed: true },
        );
      }
      assertEquals(trySelect(arms), { index: 1, closed: true });
    }
  },
);

testFaces(
  "177 A select that waits is told that a channel is closed",
  async (face, stage) => {
    for (const arm of ["send", "receive"] as const) {
      const channel = new Channel<number>(), other = new Channel<number>();
      const waiting = stage.party(face, bodies.selectOnce, [
        { receive: other },
        arm === "send" ? { send: channel, value: 1 } : { receive: channel },
      ], 10_000);
      await rest("async", 10);
      channel.close();
      assertEquals(await waiting, { index: 1, closed: true });
    }
  },
);

testFaces(
  "178 Without a ready arm a select ends in time, and nothing came about",
  async (face) => {
    const a = new Channel<number>(), full = new Channel<number>({ maxSize: 1 });
    full.send(1);
    const arms = [{ receive: a }, { send: a, value: 2 }, {
      send: full,
      value: 3,
    }];
    assertEquals(trySelect(arms), undefined);
    for (const wait of [0, 1, { timeout: 5 }]) {
      await assertRejects(() => selectOn(face, arms, wait), TimeoutError);
    }
    assertEquals([a.tryReceive(), a.trySend(4)], [undefined, false]);
    assertEquals([full.tryReceive(), full.tryReceive()], [
      { value: 1 },
      undefined,
    ]);
  },
);

testFaces(
  "178 A select of nothing waits its time out, and needs one",
  async (face) => {
    const start = performance.now();
    await assertRejects(() => selectOn(face, [], 20), TimeoutError);
    assert(performance.now() - start >= 19);
    assertEquals(trySelect([]), undefined);
    await assertRejects(() => selectOn(face, []), RangeError);
  },
);

testFaces(
  "179 Selects pair off with each other and with plain waits, and none is left",
  async (face, stage) => {
    const N = face === "sync" ? 30 : 100;
    const both = [0, 1].map(() => new Channel<number>({ codec: codecs.int32 }));
    const senders = [
      stage.party(face, bodies.sendAny, both, 1, N),
      stage.party(face, channels.produce, both, 2, N, false),
    ];
    const receivers = [0, 1].map(() =>
      stage.party(face, bodies.selectAll, both)
    );
    await Promise.all(senders);
    for (const channel of both) channel.close();
    const items = (await Promise.all(receivers)).flat(2).sort((a, b) => a - b);
    const numbers = (p: number) =>
      Array.from({ length: N }, (_, i) => p * channels.EACH + i);
    const twice = numbers(2).flatMap((item) => [item, item]);
    assertEquals(items, [...numbers(1), ...twice]);
  },
);

testFaces(
  "180 One channel in several arms serves each of them",
  async (face) => {
    const channel = new Channel<number>({ maxSize: 1 });
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 400; i++) {
      const { index } = await selectOn(face, [
        { receive: channel },
        { receive: channel },
        { send: channel, value: i },
        { send: channel, value: i },
      ]);
      counts[index]!++;
    }
    for (const count of counts) assert(count > 50, `${counts}`);
    assertEquals(counts[2]! + counts[3]!, 200);
  },
);

testFaces(
  "181 If an arm is ready at every instant, an attempt finds one",
  async (face, stage) => {
    const a = new Channel<number>({ maxSize: 2 }), b = new Channel<number>();
    // One item at least is there at every instant: another comes before one goes.
    a.send(0);
    const looking = stage.party(face, bodies.alwaysReady, a, b, 300);
    assertEquals(await looking, 0);
  },
);

testFaces("182 Arms that are ready are chosen evenly", async (face) => {
  const channels = Array.from(
    { length: 4 },
    () => new Channel<number>({ maxSize: Infinity, codec: codecs.int32 }),
  );
  for (const channel of channels) for (let i = 0; i < 400; i++) channel.send(i);
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < 400; i++) {
    counts[
      (await selectOn(face, channels.map((c) => ({ receive: c })))).index
    ]!++;
  }
  for (const count of counts) assert(count > 50, `${counts}`);
});

testFaces("183 A select does not meet itself", async (face) => {
  const channel = new Channel<number>();
  const arms = [{ send: channel, value: 1 }, { receive: channel }];
  await assertRejects(() => selectOn(face, arms, 20), TimeoutError);
  assertEquals(trySelect(arms), undefined);
  assertEquals(channel.tryReceive(), undefined);
});

testFaces(
  "183 Many that send and receive at one channel all come to an end",
  async (face, stage) => {
    const PARTIES = 4,
      N = 25,
      channel = new Channel<number>({ codec: codecs.int32 });
    const swapped = Array.from(
      { length: PARTIES },
      (_, me) => stage.party(face, bodies.swap, channel, me, N),
    );
    // Whoever is left over when the others are through meets this.
    const all = Promise.all(swapped);
    let extra = 0, done = false;
    all.finally(() => done = true);
    while (!done) {
      await rest("async", 5);
      if (channel.tryReceive() !== undefined) extra++;
    }
    const received = (await all).flat();
    assertEquals(received.length * 2 + extra, PARTIES * N);
  },
);

for (const ms of [0, 10]) {
  test(`249 After an abort in ${ms} ms a select leaves nothing behind`, async () => {
    const a = new Channel<number>(), b = new Channel<number>();
    const abort = new AbortController(), reason = new RangeError("enough");
    const selecting = selectAsync([{ send: a, value: 1 }, { receive: b }], {
      signal: abort.signal,
    }).catch((error) => error);
    if (ms > 0) await rest("async", ms);
    abort.abort(reason);
    assertStrictEquals(await selecting, reason);
    assertEquals(a.tryReceive(), undefined);
    assertEquals(b.trySend(1), false);
  });
}

test("251 An aborted signal rejects with its reason, even if an arm is ready", async () => {
  const channel = new Channel<number>({ maxSize: 1 }),
    reason = new Error("mine");
  channel.send(1);
  const error = await selectAsync([{ receive: channel }], {
    signal: AbortSignal.abort(reason),
  }).catch((error) => error);
  assertStrictEquals(error, reason);
  assertEquals(channel.size, 1);
});

test("What cannot be sent is refused before anything is tried", () => {
  const ready = new Channel<number>({ maxSize: 1 });
  const other = new Channel<unknown>();
  ready.send(1);
  assertThrows(
    () => select([{ receive: ready }, { send: other, value: () => {} }]),
    TypeError,
  );
  assertEquals(ready.size, 1);
});

testFaces(
  "A worker that is not a Thread is heard by a select that waits",
  async (face) => {
    const channel = new Channel<number>(), other = new Channel<number>();
    const { slice } = realm;
    realm.slice = 50; // at first it is this that finds the item
    const worker = new Worker(
      import.meta.resolve("../support/foreign_sender.ts"),
      { type: "module" },
    );
    try {
      worker.postMessage(channel);
      const arms = [{ receive: other }, { receive: channel }];
      for (let value = 0; value < 3; value++) {
        assertEquals(await selectOn(face, arms, 10_000), { index: 1, value });
      }
    } finally {
      realm.slice = slice;
      worker.terminate();
    }
  },
);

test("The types know which arm has which value", () => {
  const numbers = new Channel<number>({ maxSize: 1 });
  const words = new Channel<string>({ maxSize: 1 });
  numbers.send(1);
  const fired = select([{ receive: numbers }, { receive: words }]);
  if (fired.closed) throw new Error("closed");
  if (fired.index === 0) fired.value satisfies number;
  else fired.value satisfies string;
  const to = new Channel<number>();
  // @ts-expect-error: the channel takes numbers
  assertEquals(trySelect([{ send: to, value: "" }]), undefined);
});
