// Counter and SharedMap against a Map, in one thread: long random runs, keys with the same
// hash, memory that is full, and what a thread that died left half done.

import { codecs, Counter, SharedMap } from "@interlock/threading";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { STATE } from "../../primitives/_lock_state.ts";
import { Packet } from "../../primitives/_packet.ts";
import { ABANDONED } from "../../primitives/_thread_id.ts";
import { recordKey } from "../../primitives/_record.ts";
import { hashOf } from "../../primitives/_trie.ts";
import { Random } from "../../testing/_random.ts";
import { test } from "../support/stage.ts";

const TIMES = 20_000;

/** A key of any length: one in four does not fit into a cell. */
function keyAt(i: number): string {
  return i % 4 === 0 ? `${i}, `.repeat(30) : i % 4 === 1 ? `${i} ü€` : `${i}`;
}

test("198 SharedMap does as a Map does, whatever is done to it", () => {
  const seed = Date.now() % 1e6, chance = new Random(seed);
  const map = new Map<string, string>(), shared = new SharedMap<string>();
  const text = () => `${chance.int(1, 9)}`.repeat(chance.int(0, 150));
  for (let i = 0; i < TIMES; i++) {
    const key = keyAt(chance.int(0, 200)), value = text(), old = map.get(key);
    const what = `step ${i}, seed ${seed}`;
    switch (chance.int(0, 9)) {
      case 0:
      case 1:
        assertEquals(shared.delete(key), map.delete(key), what);
        break;
      case 2:
        assertEquals(shared.getOrInsert(key, value), old ?? value, what);
        if (old === undefined) map.set(key, value);
        break;
      case 3:
        assertEquals(
          shared.compareAndSet(key, old ?? "", value),
          old !== undefined,
          what,
        );
        if (old !== undefined) map.set(key, value);
        break;
      case 4:
        assertEquals(shared.compareAndDelete(key, `${old}!`), false, what);
        assertEquals(
          shared.compareAndDelete(key, old ?? ""),
          map.delete(key),
          what,
        );
        break;
      case 5:
        map.set(key, `${old ?? ""}+`);
        assertEquals(
          shared.update(key, (value = "") => `${value}+`),
          map.get(key),
          what,
        );
        break;
      default:
        shared.set(key, value);
        map.set(key, value);
    }
    assertEquals(shared.get(key), map.get(key), what);
    assertEquals(shared.has(key), map.has(key), what);
    assertEquals(shared.size, map.size, what);
    if (i % 1000 === 0) assertEquals([...shared], [...map], what);
    if (i % 7000 === 6999) {
      shared.clear();
      map.clear();
    }
  }
  assertEquals([...shared], [...map]);
  assertEquals([...shared.keys()], [...map.keys()]);
  assertEquals([...shared.values()], [...map.values()]);
});

test("190 Counter counts as a Map of numbers does, whatever is done to it", () => {
  const seed = Date.now() % 1e6, chance = new Random(seed);
  const map = new Map<string, number>(), counter = new Counter();
  for (let i = 0; i < TIMES; i++) {
    const key = keyAt(chance.int(0, 300)), n = chance.int(-5, 5);
    const sum = (map.get(key) ?? 0) + n, what = `step ${i}, seed ${seed}`;
    switch (chance.int(0, 5)) {
      case 0:
        assertEquals(counter.delete(key), map.delete(key), what);
        break;
      case 1:
        counter.set(key, n / 3);
        map.set(key, n / 3);
        break;
      default:
        assertEquals(counter.increment(key, n), sum, what);
        map.set(key, sum);
    }
    assertEquals(counter.get(key), map.get(key) ?? 0, what);
  }
  assertEquals([...counter], [...map]);
  assertEquals(counter.size, map.size);
});

/** Keys with a hash that others have too. */
function colliding(least: number, seed: number): string[] {
  const packet = new Packet(), first = new Map<number, string>();
  const found = new Set<string>();
  for (let i = 0; found.size < least; i++) {
    codecs.string.encode(`${i}`, packet);
    packet.bytes.fill(0, packet.length, packet.length + 4);
    const hash = hashOf(packet, packet.length, seed), other = first.get(hash);
    if (other === undefined) first.set(hash, `${i}`);
    else found.add(other).add(`${i}`);
  }
  return [...found];
}

test("Keys with the same hash are told apart, in any order", () => {
  const counter = new Counter(), { buffer } = counter;
  const seed = recordKey(new Int32Array(buffer, 0, 16)) | 0;
  const keys = colliding(12, seed), orders = [keys, [...keys].reverse()];
  for (const inserted of orders) {
    for (const deleted of orders) {
      counter.update(inserted);
      const left = new Set(keys);
      for (const key of inserted) assertEquals(counter.increment(key), 2, key);
      for (const key of deleted) {
        assert(counter.delete(key), key);
        left.delete(key);
        for (const key of keys) assertEquals(counter.has(key), left.has(key));
      }
      assertEquals(counter.size, 0);
    }
  }
});

test("What is full says so, changes nothing, and has room again when something goes", () => {
  const map = new SharedMap<string>({ capacity: 2000 });
  const counter = new Counter(undefined, { capacity: 2000 });
  for (const { capacity } of [map, counter]) {
    assert(capacity > 1800 && capacity <= 2000, `${capacity}`);
  }
  const fill = () => {
    for (let i = 0;; i++) {
      map.set(`${i}`, "x".repeat(i));
      counter.increment(`${i}`);
    }
  };
  const message = /^Cannot \w+ (SharedMap|Counter): there is no room left for /;
  for (let round = 0; round < 3; round++) {
    assert(message.test(assertThrows(fill, RangeError).message));
    const more = assertThrows(() => {
      for (let i = 0;; i++) counter.increment(`${i}`);
    }, RangeError);
    assert(more.message.endsWith(`its 'capacity' is ${counter.capacity}`));
    const counts = counter.snapshot(), entries = map.snapshot();
    assertThrows(() => counter.update(["0", "1", "new"]), RangeError);
    assertThrows(() => map.set("0", "x".repeat(3000)), RangeError);
    assertEquals([counter.snapshot(), map.snapshot()], [counts, entries]);
    assertEquals(counter.increment("0"), counts.get("0")! + 1);
    if (round === 0) {
      map.clear();
      counter.clear();
    } else {
      for (const key of entries.keys()) assert(map.delete(key));
      for (const key of counts.keys()) assert(counter.delete(key));
    }
  }
  // Also one cell of two that were taken in vain is there again.
  for (let i = 0; i < counter.capacity / 112; i++) counter.increment(`${i}`);
  assertThrows(() => counter.increment("one more"), RangeError);
});

test("All that a dead thread may have left half done is made anew from the list", () => {
  const keys = Array.from({ length: 100 }, (_, i) => keyAt(i));
  const counter = new Counter(keys, { capacity: 65_536 });
  for (let i = 0; i < 100; i += 3) counter.delete(keys[i]!);
  const before = counter.snapshot();
  const words = new Int32Array(counter.buffer, counter.byteOffset);
  // TAIL, FREE, SIZE and ROOT; then PREV and the children of all items.
  for (const word of [17, 18, 20, 21]) words[word] = 0x7777_7777;
  const base = words[9]! >> 2, cell = words[7]!;
  for (let item = words[16]!; item !== 0; item = words[base + item + 1]!) {
    assertEquals(item % cell, 0);
    for (const word of [2, 4, 5, 6, 7]) words[base + item + word] = 12345;
  }
  Atomics.store(words, STATE, ABANDONED);
  assertEquals(counter.increment(keys[0]!), 1);
  for (const [key, n] of before) assertEquals(counter.get(key), n);
  assertEquals(counter.size, before.size + 1);
  assertEquals([...counter], [...before, [keys[0]!, 1]]);
  assertThrows(() => {
    for (let i = 0; i < 600; i++) counter.increment(`more ${i}`);
  }, RangeError);
  for (const key of keys) {
    assertEquals(counter.delete(key), before.has(key) || key === keys[0]);
  }
});
