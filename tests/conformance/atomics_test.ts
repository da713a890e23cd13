import {
  AtomicBigInt64,
  AtomicBool,
  AtomicFloat64,
  AtomicInt32,
  LongAdder,
} from "@interlock/threading";
import { assert, assertEquals } from "@std/assert";
import { QUIET, reached, rest, test, testFaces } from "../support/stage.ts";
import {
  addAllWays,
  addMany,
  claim,
  drain,
  untilChanged,
} from "./atomics_bodies.ts";

const MAX = 2n ** 63n - 1n;

test("193 LongAdder adds, subtracts, sums and resets", () => {
  const adder = new LongAdder(), view = LongAdder.from(adder.handle);
  assertEquals([adder.sum(), `${adder}`], [0n, "LongAdder(0)"]);
  adder.add(2);
  adder.add(-3n);
  adder.increment();
  adder.increment();
  adder.decrement();
  view.add(2n ** 40n);
  assertEquals([adder.sum(), view.sum()], [2n ** 40n, 2n ** 40n]);
  assertEquals([view.sumThenReset(), adder.sum()], [2n ** 40n, 0n]);
  adder.add(5);
  adder.reset();
  assertEquals(view.sum(), 0n);
});

test("193 LongAdder wraps around past 64 bits, within a stripe and over all", () => {
  const adder = new LongAdder();
  adder.add(MAX);
  adder.increment();
  assertEquals(adder.sum(), -MAX - 1n);
  const stripes = new BigInt64Array(adder.buffer, 64);
  stripes.fill(0n);
  stripes[0] = MAX;
  stripes[8] = 1n;
  assertEquals(adder.sum(), -MAX - 1n);
});

for (const stripes of [1, 16]) {
  test(`193 LongAdder of ${stripes} stripes is exact after 4 x 1,000,000 additions`, async (stage) => {
    const adder = new LongAdder({ stripes });
    const threads = Array.from(
      { length: 4 },
      () => stage.thread(addMany, adder, 1_000_000),
    );
    let drained = 0n;
    while (threads.some((thread) => !thread.join(0))) {
      drained += adder.sumThenReset();
      await rest("async", 1);
    }
    assertEquals(drained + adder.sum(), 4_000_000n);
  });
}

test("194 LongAdder's count is a bigint or a number, and its bytes are those it says", () => {
  const adder = new LongAdder({ stripes: 2 });
  adder.add(2n ** 53n + 1n);
  assertEquals([adder.sum(), adder.toNumber()], [2n ** 53n + 1n, 2 ** 53]);
  assertEquals(
    adder.buffer.byteLength,
    LongAdder.byteLengthFor({ stripes: 2 }),
  );
  assertEquals(LongAdder.byteLengthFor({ stripes: 2 }), 192);
  assertEquals(LongAdder.byteLengthFor({}), LongAdder.byteLength);
  assertEquals(LongAdder.from(adder.handle).sum(), adder.sum());
});

test("195 AtomicBigInt64's operations return the value before, and wrap around", () => {
  const n = new AtomicBigInt64(5n), view = AtomicBigInt64.from(n.handle);
  assertEquals([n.load(), n.add(2n), n.sub(3n), n.exchange(9n)], [
    5n,
    5n,
    7n,
    4n,
  ]);
  assertEquals([n.compareExchange(8n, 1n), view.load()], [9n, 9n]);
  assertEquals([n.compareExchange(9n, 1n), view.load()], [9n, 1n]);
  assertEquals([n.update((v) => v * 10n), `${n}`], [
    10n,
    "AtomicBigInt64(10)",
  ]);
  n.store(MAX);
  assertEquals([n.add(1n), n.load()], [MAX, -MAX - 1n]);
  assertEquals([n.sub(1n), n.load()], [-MAX - 1n, MAX]);
  assertEquals(new AtomicBigInt64().load(), 0n);
  // No half of it is compared alone.
  n.store(1n << 32n);
  assertEquals(n.compareExchange(0n, 7n), 1n << 32n);
  assertEquals(n.load(), 1n << 32n);
});

test("195 AtomicBool's operations return the value before", () => {
  const b = new AtomicBool(), view = AtomicBool.from(b.handle);
  assertEquals([b.load(), `${b}`], [false, "AtomicBool(false)"]);
  assertEquals([b.exchange(true), view.load()], [false, true]);
  assertEquals([b.compareExchange(false, false), view.load()], [true, true]);
  assertEquals([b.compareExchange(true, false), view.load()], [true, false]);
  assertEquals([b.update((on) => !on), view.load()], [true, true]);
  b.store(false);
  assertEquals([view.load(), new AtomicBool(true).load()], [false, true]);
});

test("195 AtomicFloat64's operations return the value before", () => {
  const x = new AtomicFloat64(1.5), view = AtomicFloat64.from(x.handle);
  assertEquals([x.add(0.25), x.sub(1), x.exchange(Infinity), x.load()], [
    1.5,
    1.75,
    0.75,
    Infinity,
  ]);
  assertEquals([x.compareExchange(1, 2), view.load()], [Infinity, Infinity]);
  assertEquals([x.compareExchange(Infinity, 2), view.load()], [Infinity, 2]);
  assertEquals([x.update((v) => v / 8), `${x}`], [
    0.25,
    "AtomicFloat64(0.25)",
  ]);
});

test("195 AtomicFloat64 tells 0 from -0, and NaN from nothing", () => {
  const x = new AtomicFloat64(-0);
  assert(Object.is(x.compareExchange(0, 1), -0) && Object.is(x.load(), -0));
  assert(Object.is(x.compareExchange(-0, NaN), -0) && Number.isNaN(x.load()));
  assertEquals(x.add(1), NaN);
  assertEquals([x.wait(NaN, 0), x.wait(0, 0)], [false, true]);
  // A NaN with other bits.
  const odd = new Float64Array(
    new BigUint64Array([0xfff8000000000001n]).buffer,
  );
  x.store(odd[0]!);
  assertEquals([x.compareExchange(NaN, 3), x.load()], [NaN, 3]);
  x.store(NaN);
  assertEquals(x.update((v) => Number.isNaN(v) ? 4 : 5), 4);
});

test("195 Additions, exchanges and updates of several threads lose nothing", async (stage) => {
  const big = new AtomicBigInt64(), float = new AtomicFloat64();
  const times = 20_000, all = BigInt(3 * times);
  const adders = [1, 2, 3].map(() =>
    stage.thread(addAllWays, big, float, times)
  );
  const drainer = stage.thread(drain, big, all);
  for (const thread of adders) assert(await thread.joinAsync(15_000));
  assertEquals(await drainer.resultAsync(15_000), all);
  assertEquals([big.load(), float.load()], [0n, 1.5 * times]);
});

test("195 Of several that exchange an AtomicBool one is first", async (stage) => {
  const claimed = new AtomicBool();
  const threads = [1, 2, 3, 4].map(() => stage.thread(claim, claimed));
  const first = await Promise.all(
    threads.map((thread) => thread.resultAsync()),
  );
  assertEquals(first.filter(Boolean).length, 1);
});

for (
  const [kind, make, change] of [
    ["AtomicBigInt64", () => new AtomicBigInt64(7n), (n: AtomicBigInt64) => {
      // The lower half stays as it is.
      n.add(1n << 32n);
    }],
    ["AtomicBool", () => new AtomicBool(true), (b: AtomicBool) => {
      b.store(false);
    }],
    ["AtomicFloat64", () => new AtomicFloat64(1), (x: AtomicFloat64) => {
      x.add(1);
    }],
  ] as const
) {
  testFaces(
    `195 ${kind}'s wait ends with a change that is notified, not with a notify alone`,
    async (face, stage) => {
      const atomic = make(), arrived = new AtomicInt32();
      const results = stage.parties(
        face,
        3,
        untilChanged,
        atomic,
        arrived,
        10_000,
      );
      let ended = false;
      results.then(() => ended = true);
      await reached(arrived, 3);
      await rest("async", QUIET);
      atomic.notify();
      await rest("async", QUIET);
      assert(!ended, "it ended though nothing changed");
      change(atomic as never);
      atomic.notify();
      assertEquals(await results, [true, true, true]);
      const late = stage.party(face, untilChanged, atomic, arrived, 30);
      assertEquals(await late, false);
    },
  );
}

test("195 notify wakes as many blocked waiters as it is told, and says how many", async (stage) => {
  const n = new AtomicBigInt64(), arrived = new AtomicInt32();
  const results = stage.parties(
    "sync",
    3,
    untilChanged,
    n,
    arrived,
    10_000,
  );
  await reached(arrived, 3);
  await rest("async", QUIET);
  n.store(1n);
  const woken = [n.notify(0), n.notify(1), n.notify(7), n.notify()];
  assertEquals(woken, [0, 1, 2, 0]);
  assertEquals(await results, [true, true, true]);
});
