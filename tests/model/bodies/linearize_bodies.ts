// Objects for the tests of linearize and litmus: operations are functions of a state.

type Words = Int32Array<SharedArrayBuffer>;

export interface Cells {
  readonly words: Words;
  readonly right: boolean;
}

/** Counts in one step, or in two. */
export function increment({ words, right }: Cells): number {
  if (right) return Atomics.add(words, 0, 1) + 1;
  const value = Atomics.load(words, 0) + 1;
  Atomics.store(words, 0, value);
  return value;
}
export function read({ words }: Cells): number {
  return Atomics.load(words, 0);
}

// A stack: word 1 is the top, word 2 the number of nodes; node n is words 2n + 2 (value)
// and 2n + 3 (next). Nodes are not used again.
export function push({ words }: Cells, value: number): void {
  const node = Atomics.add(words, 2, 1) + 1;
  Atomics.store(words, 2 * node + 2, value);
  for (;;) {
    const top = Atomics.load(words, 1);
    Atomics.store(words, 2 * node + 3, top);
    if (Atomics.compareExchange(words, 1, top, node) === top) return;
  }
}
export function pop({ words, right }: Cells): number | undefined {
  for (;;) {
    const top = Atomics.load(words, 1);
    if (top === 0) return undefined;
    const next = Atomics.load(words, 2 * top + 3);
    if (right) {
      if (Atomics.compareExchange(words, 1, top, next) !== top) continue;
    } else Atomics.store(words, 1, next);
    return Atomics.load(words, 2 * top + 2);
  }
}

// A cell that holds one value: put waits until it is empty, take until it is full. The
// broken one wakes nobody who waits to put.
export function put({ words }: Cells, value: number): void {
  while (Atomics.compareExchange(words, 0, 0, value) !== 0) {
    Atomics.wait(words, 0, Atomics.load(words, 0) || -1);
  }
  Atomics.notify(words, 0);
}
export function take({ words, right }: Cells): number {
  for (;;) {
    const value = Atomics.load(words, 0);
    if (value === 0) Atomics.wait(words, 0, 0);
    else if (Atomics.compareExchange(words, 0, value, 0) === value) {
      if (right) Atomics.notify(words, 0);
      return value;
    }
  }
}

/** Refuses an odd number, later. */
export async function halve(_: Cells, value: number): Promise<number> {
  await null;
  if (value % 2 !== 0) throw new RangeError("odd");
  return value / 2;
}

export function storeThenLoad(words: Words): number {
  Atomics.store(words, 0, 1);
  return Atomics.load(words, 1);
}
export function storeThenLoadToo(words: Words): boolean {
  Atomics.store(words, 1, 1);
  return Atomics.load(words, 0) === 1;
}
export function addPlainly(words: Words): void {
  words[0]!++;
}
export function throws(): void {
  throw new RangeError("an actor's");
}

/** Returns what it is given. */
export function show(_: Cells, value: unknown): unknown {
  return value;
}

/** Goes on and on. */
export function forever({ words }: Cells): void {
  for (;;) Atomics.xor(words, 0, 1);
}
