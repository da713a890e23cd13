// Threads for the tests of the tester itself.

import type { Lock, Semaphore } from "@interlock/threading";

type Words = Int32Array<SharedArrayBuffer>;

/** The operations of programs that are data. */
export const KINDS = [
  "end",
  "load",
  "store",
  "add",
  "compareExchange",
  "wait",
  "notify",
  "pause",
] as const;

/** Operations of a thread, at most. */
export const LENGTH = 4;

/** Programs that are data: kind, word and operand of each operation; what a thread sees goes to its row of `seen`. */
export interface Interpreted {
  readonly words: Words;
  readonly seen: Words;
  readonly code: Words;
}

function interpret({ words, seen, code }: Interpreted, thread: number): void {
  for (let i = thread * LENGTH; i < (thread + 1) * LENGTH; i++) {
    const [kind, word, operand] = [...code.subarray(3 * i, 3 * i + 3)];
    seen[i] = (() => {
      switch (KINDS[kind!]) {
        case "load":
          return Atomics.load(words, word!);
        case "store":
          return Atomics.store(words, word!, operand!);
        case "add":
          return Atomics.add(words, word!, operand!);
        case "compareExchange":
          return Atomics.compareExchange(words, word!, operand!, operand! + 1);
        case "wait":
          return Atomics.wait(words, word!, operand!) === "ok" ? 1 : 2;
        case "notify":
          return Atomics.notify(words, word!, operand!);
        case "pause":
          Atomics.pause();
      }
      return 0;
    })();
  }
}

export const thread0 = (program: Interpreted) => interpret(program, 0);
export const thread1 = (program: Interpreted) => interpret(program, 1);
export const thread2 = (program: Interpreted) => interpret(program, 2);
export const thread3 = (program: Interpreted) => interpret(program, 3);

/** The mutex of three states: 0 free, 1 held, 2 held and somebody may sleep. */
export function mutex({ state, inside, count }: Record<string, Words>): void {
  let was = Atomics.compareExchange(state!, 0, 0, 1);
  if (was !== 0) {
    if (was !== 2) was = Atomics.exchange(state!, 0, 2);
    while (was !== 0) {
      Atomics.wait(state!, 0, 2);
      was = Atomics.exchange(state!, 0, 2);
    }
  }
  if (Atomics.add(inside!, 0, 1) !== 0) throw new Error("two in the section");
  count![0]!++;
  Atomics.sub(inside!, 0, 1);
  if (Atomics.exchange(state!, 0, 0) === 2) Atomics.notify(state!, 0, 1);
}

/** A section under a Lock. */
export function section({ lock }: { lock: Lock }): void {
  lock.acquire();
  lock.release();
}

/** Takes what it does not give back. */
export function keep({ lock, permits }: { lock?: Lock; permits?: Semaphore }) {
  lock?.acquire();
  permits?.acquire();
}

export function first({ a, b }: Record<string, Lock>): void {
  a!.run(() => b!.run(() => {}));
}
export function second({ a, b }: Record<string, Lock>): void {
  b!.run(() => a!.run(() => {}));
}

/** Looks, and then sleeps on another word: what comes in between is missed. */
export function sleeper({ words }: { words: Words }): void {
  if (Atomics.load(words, 0) === 0) Atomics.wait(words, 1, 0);
}
export function waker({ words }: { words: Words }): void {
  Atomics.store(words, 0, 1);
  Atomics.notify(words, 1);
}

export function spin({ words }: { words: Words }): void {
  while (Atomics.load(words, 0) === 0);
}
export function spinAndPause({ words }: { words: Words }): void {
  while (Atomics.load(words, 0) === 0) Atomics.pause();
}
export function spinForAWhile({ words }: { words: Words }): void {
  const end = performance.now() + 1000;
  while (Atomics.load(words, 0) === 0 && performance.now() < end);
}
export function set({ words }: { words: Words }): void {
  Atomics.store(words, 0, 1);
}
export function toggle({ words }: { words: Words }): void {
  for (;;) Atomics.xor(words, 0, 1);
}

let calls = 0;
/** Keeps state in its module. */
export function forgetful({ words }: { words: Words }): void {
  Atomics.add(words, calls++ % 2, 1);
  Atomics.load(words, 0);
}

export function fail(): void {
  throw new RangeError("mine");
}
export async function failLater(): Promise<void> {
  await null;
  throw new RangeError("mine");
}
export async function failAside(): Promise<void> {
  Promise.reject(new RangeError("mine"));
  await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Sleeps for a while; word 1 says how it ended: 1 woken, 2 timed out; word 2 when. */
export function nap({ words }: { words: Words }): void {
  const start = performance.now();
  const how = Atomics.wait(words, 0, 0, 100);
  words[1] = how === "ok" ? 1 : how === "timed-out" ? 2 : 3;
  words[2] = performance.now() - start;
}
export function wake({ words }: { words: Words }): void {
  Atomics.notify(words, 0);
}
/** The same, awaiting. */
export async function napAsync({ words }: { words: Words }): Promise<void> {
  const { value } = Atomics.waitAsync(words, 0, 0, 100);
  const how = await value;
  words[1] = how === "ok" ? 1 : how === "timed-out" ? 2 : 3;
}
/** Two timers of one thread, and a task: word 0 is the order in which they came. */
export async function timers({ words }: { words: Words }): Promise<void> {
  const came = (digit: number) => words[0] = words[0]! * 10 + digit;
  const later = (ms: number, digit: number) =>
    new Promise<void>((resolve) =>
      setTimeout(() => {
        came(digit);
        resolve();
      }, ms)
    );
  const all = [later(20, 3), later(10, 2)];
  came(1);
  await Promise.all(all);
}
/** What differs from one run to the next outside of the tester. */
export function chances({ words }: { words: Words }): void {
  words[0] = Math.random() * 0x7fffffff;
  words[1] = crypto.getRandomValues(new Int32Array(1))[0]!;
  words[2] = Date.now() % 0x7fffffff;
  words[3] = new Date().getTime() % 0x7fffffff;
  words[4] = parseInt(crypto.randomUUID().slice(0, 7), 16);
  Atomics.load(words, 0);
}

/** Publishes data, and sets a flag; `early` looks at the data before the flag. */
export function publish({ flag, data }: Record<string, Words>): void {
  data![0] = 42;
  Atomics.store(flag!, 0, 1);
}
export function read({ flag, data }: Record<string, Words>): void {
  if (Atomics.load(flag!, 0) === 1 && data![0] !== 42) throw new Error("old");
}
export function early({ flag, data }: Record<string, Words>): void {
  const found = data![0];
  if (Atomics.load(flag!, 0) === 1 && found !== 42) throw new Error("old");
}
/** Publishes by a wake. */
export function sleepThenRead({ flag, data }: Record<string, Words>): void {
  if (Atomics.wait(flag!, 0, 0) === "ok") data![0]!++;
}
export function writeThenWake({ flag, data }: Record<string, Words>): void {
  data![0] = 42;
  Atomics.notify(flag!, 0);
}
/** A word that is written by others too hands nothing on: the second store is not ordered after the first. */
export function overwrite({ flag }: Record<string, Words>): void {
  if (Atomics.load(flag!, 0) === 0) Atomics.store(flag!, 0, 2);
}
export function readAfterTwo({ flag, data }: Record<string, Words>): void {
  if (Atomics.load(flag!, 0) === 2) data![0]!++;
}

/** Methods of a checked view. */
export function fillHalf({ data }: Record<string, Words>): void {
  data!.fill(1, 0, 2);
  data!.subarray(0, 1)[0] = 2;
}
export function setOtherHalf({ data }: Record<string, Words>): void {
  data!.set([1, 2], 2);
  if (data!.length !== 4) throw new Error("length");
}
export function sumAll({ data }: Record<string, Words>): number {
  return data!.reduce((sum, value) => sum + value, 0);
}

// What the tester once got wrong.

/** A mutex that spins before it parks, and whose release wakes nobody. */
function neverWakes({ words }: { words: Words }, spin: () => boolean): void {
  const free = () => Atomics.compareExchange(words, 0, 0, 1) === 0;
  if (!free() && !spin()) {
    while (Atomics.exchange(words, 0, 2) !== 0) Atomics.wait(words, 0, 2);
  }
  Atomics.store(words, 0, 0);
}
export function pausesThenParks(state: { words: Words }): void {
  neverWakes(state, () => {
    for (let i = 0; i < 6; i++) Atomics.pause();
    return false;
  });
}
export function looksThenParks(state: { words: Words }): void {
  const { words } = state;
  neverWakes(state, () => {
    for (let i = 0; i < 100; i++) {
      if (
        Atomics.load(words, 0) === 0 &&
        Atomics.compareExchange(words, 0, 0, 1) === 0
      ) return true;
    }
    return false;
  });
}

/** Two awaits of one thread: word 2 is the order in which they end. */
export async function awaitTwo({ words }: { words: Words }): Promise<void> {
  const came = (digit: number) => words[2] = words[2]! * 10 + digit;
  const first = Atomics.waitAsync(words, 0, 0, 10);
  const second = Atomics.waitAsync(words, 1, 0);
  await Promise.all([
    Promise.resolve(first.value).then((how) => came(how === "ok" ? 1 : 2)),
    second.async && second.value.then(() => came(3)),
  ]);
}
export function notifyTwo({ words }: { words: Words }): void {
  Atomics.notify(words, 1);
  words[3] = Atomics.notify(words, 0);
}
/** Awaits until a deadline, by the clock. */
export async function awaitDeadline({ words }: { words: Words }) {
  const end = performance.now() + 100;
  for (let left; (left = end - performance.now()) > 0;) {
    Atomics.add(words, 1, 1);
    await Atomics.waitAsync(words, 0, 0, left).value;
  }
}

/** Reads the clock on both sides of an operation that concerns nobody else. */
export function timeOperation({ words }: { words: Words }): void {
  const start = performance.now();
  Atomics.load(words, 3);
  words[2] = performance.now() - start;
}

export function rest150({ words }: { words: Words }): void {
  for (let i = 0; i < 150; i++) {
    Atomics.add(words, 1, 1);
    Atomics.wait(words, 0, 0, 1);
  }
}
export async function poll({ words }: { words: Words }): Promise<void> {
  while (Atomics.load(words, 0) === 0) {
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
}
export function setAfterAWhile({ words }: { words: Words }): void {
  Atomics.wait(words, 1, 0, 50);
  Atomics.store(words, 0, 1);
}
/** Does something every 10 ms, until it is told to stop. */
export function beat({ words }: { words: Words }): void {
  do Atomics.add(words, 1, 1); while (
    Atomics.wait(words, 0, 0, 10) === "timed-out"
  );
}
export function stopBeat({ words }: { words: Words }): void {
  Atomics.store(words, 0, 1);
  Atomics.notify(words, 0);
}
export function scan({ words }: { words: Words }): void {
  for (let i = 0; i < words.length; i++) Atomics.load(words, i);
}
export function napForASecond({ words }: { words: Words }): void {
  words[1] = Atomics.wait(words, 0, 0, 1000) === "timed-out" ? 2 : 1;
}
export function scanThenWake({ words }: { words: Words }): void {
  scan({ words });
  Atomics.store(words, 0, 1);
  Atomics.notify(words, 0);
}
export function addHundredTimes({ words }: { words: Words }): void {
  for (let i = 0; i < 100; i++) Atomics.add(words, 0, 1);
}

/** Two flags in one word: each thread's store hands on what is its own. */
export function flagFirst(
  { flags, data }: { flags: Uint8Array; data: Words },
): void {
  data[0] = 1;
  Atomics.store(flags, 0, 1);
}
export function flagSecond({ flags }: { flags: Uint8Array }): void {
  Atomics.store(flags, 1, 1);
}
export function seeFirst(
  { flags, data }: { flags: Uint8Array; data: Words },
): void {
  if (Atomics.load(flags, 0) === 1) data[0] = 2;
}
export function writeThenSleep({ flag, data }: Record<string, Words>): void {
  data![0] = 1;
  Atomics.wait(flag!, 0, 0);
}
export function wakeThenWrite({ flag, data }: Record<string, Words>): void {
  if (Atomics.notify(flag!, 0) === 1) data![0] = 2;
}
export function readFirst({ data }: Record<string, Words>): void {
  data!.at(0);
  data!.slice(0, 1);
}
export function writeLast({ data }: Record<string, Words>): void {
  data![3] = 1;
}

/** Sleeps on a word of its module, and on one of its own. */
const ofModule = new Int32Array(new SharedArrayBuffer(4));
export function restPrivately({ words }: { words: Words }): void {
  const own = new Int32Array(new SharedArrayBuffer(4));
  Atomics.wait(ofModule, 0, 0, 1);
  Atomics.wait(own, 0, 0, 1);
  Atomics.add(words, 0, 1);
}
/** Leaves a task behind. */
export function forget({ words }: { words: Words }): void {
  (async () => {
    for (let i = 0; i < 6; i++) await null;
    Atomics.add(words, 0, 1);
  })();
}
export function closeItself(): void {
  close();
}

export function throwNothing(): void {
  throw undefined;
}
export function throwCircle(): void {
  const error = new Error("mine");
  throw Object.assign(error, { itself: error });
}
export function throwUnreadable(): void {
  throw Object.defineProperty(new Error("mine"), "message", {
    get() {
      throw new Error("no");
    },
  });
}
