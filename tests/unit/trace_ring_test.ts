// Rings with events of the test's own, and what is made of them.

import { Lock, Semaphore } from "@interlock/threading";
import { assertEquals } from "@std/assert";
import { openRecord, type Words } from "../../primitives/_record.ts";
import {
  clockShift,
  createTrace,
  enterLock,
  ringPlaces,
} from "../../trace/_layout.ts";
import {
  claimRing,
  END,
  HOLD,
  readRings,
  RELEASE,
  RESUME,
  Ring,
  SUSPEND,
  WAIT,
} from "../../trace/_ring.ts";
import { readSnapshot } from "../../trace/_spans.ts";
import { test } from "../support/stage.ts";

type Step = readonly [thread: 1 | 2, what: number, time: number, value: number];

/** The spans that steps of threads 1 and 2 are, each as one line; 100 is when they are read. */
function spansOf(of: Lock | Semaphore, steps: readonly Step[]): string[] {
  const trace = createTrace({ threads: 2, events: 16 });
  const words: Words = openRecord([of.kind], of, () => Lock.byteLength);
  const lock = enterLock(trace, of.kind, words, "") << 8;
  const rings = ringPlaces(trace).map((place, i) => {
    trace[place] = i + 1;
    return new Ring(trace, place);
  });
  for (const [thread, what, time, value] of steps) {
    rings[thread - 1]!.write(lock | what, value, time - clockShift(trace));
  }
  const at = (time: number) => +time.toFixed(6);
  return readSnapshot(trace, 100).spans.map((span) =>
    `${span.thread} ${span.what} ${at(span.begin)}-${
      span.isOpen ? "" : at(span.end)
    }`
  );
}

test("A hold ends when the next one begins, if its release is not seen", () => {
  const lock = new Lock();
  assertEquals(
    spansOf(lock, [[1, HOLD, 1, 1], [2, HOLD, 2, 1], [2, RELEASE, 3, 1]]),
    ["1 hold 1-2", "2 hold 2-3"],
  );
});

test("A release that seems to come after the next hold ends its own", () => {
  assertEquals(
    spansOf(new Lock(), [
      [1, HOLD, 1, 1],
      [2, HOLD, 2, 1],
      [1, RELEASE, 2.001, 1],
      [2, RELEASE, 3, 1],
    ]),
    ["1 hold 1-2.001", "2 hold 2-3"],
  );
});

test("A release by another thread ends the oldest hold, but not one by a thread that was not traced before", () => {
  const permits: Step[] = [
    [1, HOLD, 1, 2],
    [1, HOLD, 2, 1],
    [2, RELEASE, 3, 2],
  ];
  assertEquals(spansOf(new Semaphore(3), permits), [
    "1 hold 1-3",
    "1 hold 2-",
  ]);
  const later: Step[] = [...permits, [2, HOLD, 4, 1], [2, RELEASE, 5, 1]];
  assertEquals(spansOf(new Semaphore(3), later), [
    "1 hold 1-",
    "1 hold 2-",
    "2 hold 4-5",
  ]);
});

test("After a condition wait that returned, the lock is held in any case", () => {
  const lock = new Lock();
  assertEquals(spansOf(lock, [[1, SUSPEND, 1, 0], [1, RESUME, 2, 0]]), [
    "1 condition wait 1-2",
    "1 hold 2-",
  ]);
  assertEquals(spansOf(lock, [[1, SUSPEND, 1, 0], [1, END, 2, 0]]), [
    "1 condition wait 1-2",
  ]);
  const held: Step[] = [[1, HOLD, 0, 1], [1, SUSPEND, 1, 0], [1, END, 2, 1]];
  assertEquals(spansOf(lock, held), [
    "1 hold 0-1",
    "1 condition wait 1-2",
    "1 hold 2-",
  ]);
});

test("A short wait is one only if it was seen that the lock was not free", () => {
  const lock = new Lock();
  const short = (seen: number): Step[] => [
    [1, WAIT, 1, seen],
    [1, END, 1.01, 0],
  ];
  assertEquals(spansOf(lock, short(1)), ["1 wait 1-1.01"]);
  assertEquals(spansOf(lock, short(0)), []);
  assertEquals(spansOf(lock, [[1, WAIT, 1, 0]]), ["1 wait 1-"]);
});

test("A ring counts past 2 ** 32", () => {
  const trace = createTrace({ threads: 1, events: 4, locks: 1 });
  const ring = claimRing(trace), place = ringPlaces(trace)[0]!;
  const COUNT = place + 1, CARRY = place + 2, AT = place + 3;
  for (const carry of [0, 1, 2, 3]) {
    // As if it had written so many.
    const written = (carry + 1) * 2 ** 31 - 2;
    trace[COUNT] = written;
    trace[CARRY] = carry;
    trace[AT] = written % 20;
    const numbers: number[] = [];
    for (let i = 0; i < 4; i++) numbers.push(ring.write(HOLD, i, i));
    assertEquals(numbers, [2 ** 31 - 2, 2 ** 31 - 1, 0, 1]);
    const [{ dropped, events } = { dropped: 0, events: [] }] = readRings(trace);
    assertEquals(dropped, written);
    assertEquals(events.map(({ value }) => value), [0, 1, 2, 3]);
    assertEquals(events.map(({ number }) => number), numbers);
    assertEquals(trace[CARRY], carry + 1);
    // A thread that died before it wrote CARRY.
    trace[CARRY] = carry;
    assertEquals(readRings(trace)[0]!.dropped, written);
  }
});
