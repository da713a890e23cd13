// What the types must refuse: "deno check" fails where one of these is accepted.

import {
  AtomicInt32,
  attach,
  codecs,
  Future,
  type Handle,
  type Lock,
  parallelFor,
  parallelMap,
  parallelReduce,
  type Posted,
  Semaphore,
  SharedLocal,
  type Task,
  task,
  Thread,
  ThreadLocal,
  type ThreadPoolExecutor,
} from "@interlock/threading";
import { assertEquals } from "@std/assert";

export const add: Task<(n: AtomicInt32, by: number) => Promise<string>> = task(
  import.meta,
  function add(n: AtomicInt32, by: number) {
    return Promise.resolve(String(n.add(by)));
  },
);

export const scale: Task<(x: number, by: number) => number> = task(
  import.meta,
  function scale(x: number, by: number) {
    return x * by;
  },
);

export const length: Task<(x: number) => string> = task(
  import.meta,
  function length(x: number) {
    return "x".repeat(x);
  },
);

export const join: Task<(a: string, b: string) => string> = task(
  import.meta,
  function join(a: string, b: string) {
    return a + b;
  },
);

/** Never called: it is for the type checker. */
export function parallelTypesOnly(signal: AbortSignal): void {
  parallelFor(scale, 5, { args: [2] });
  // @ts-expect-error: 'by' is missing
  parallelFor(scale, 5);
  // @ts-expect-error: 'by' is a number
  parallelFor(scale, { to: 5 }, { args: ["2"] });
  // @ts-expect-error: a blocked thread cannot see a signal
  parallelFor(scale, 5, { args: [2], signal });
  // @ts-expect-error: it is no task
  parallelFor((i: number) => i, 5);
  const floats: Float32Array<SharedArrayBuffer> = parallelMap(
    scale,
    new Float32Array(5),
    { args: [2] },
  );
  const bytes: Uint8Array<SharedArrayBuffer> = parallelMap(scale, 5, {
    args: [2],
    output: "uint8",
  });
  const same: Uint8Array<SharedArrayBuffer> = parallelMap(scale, floats, {
    args: [2],
    output: bytes,
  });
  // @ts-expect-error: it makes numbers of numbers
  parallelMap(scale, new BigInt64Array(same.length), { args: [2] });
  const sum: number = parallelReduce(scale, bytes);
  const text: string = parallelReduce(join, sum, { map: length, initial: "" });
  // @ts-expect-error: the elements are numbers
  parallelReduce(join, text.length);
}

/** Never called: it is for the type checker. */
export function typesOnly(lock: Lock, signal: AbortSignal): void {
  // @ts-expect-error: a blocked thread cannot see a signal
  lock.acquire({ signal });
  // @ts-expect-error: the section would go on after the release
  lock.run(() => Promise.resolve(1));
  // @ts-expect-error: a Lock has no permits
  lock.acquire({ permits: 2 });
  void new Semaphore(2).acquire({ permits: 2, timeout: 5 });
  // @ts-expect-error: the only positional number of a wait is the timeout, and it is one
  void new Semaphore(2).acquire(2, 5);
  // @ts-expect-error: 'by' is missing
  new Thread(add, [new AtomicInt32()]);
  // @ts-expect-error: 'by' is a number
  new Thread(add, [new AtomicInt32(), "1"]);
  // @ts-expect-error: it is no task
  new Thread((n: number) => n, [1]);
  const result: string = new Thread(add, [new AtomicInt32(), 1]).result();
  const opened: Lock = attach(lock.handle);
  const posted: Posted<{ lock: Lock; n: number }> = { lock: opened, n: 1 };
  const handle: Handle<"Lock"> = posted.lock;
  // @ts-expect-error: the handle of a Lock is not one of a Semaphore
  Semaphore.from(handle);
  // @ts-expect-error: the result is awaited, and a string
  const wrong: number = new Thread(add, [new AtomicInt32(), 1]).result();
  const own: string = new ThreadLocal(() => "x").get();
  // @ts-expect-error: the initialiser makes a string
  new ThreadLocal<number>(() => own);
  // @ts-expect-error: without an initialiser nothing says of which type it is
  const unknown: string = new ThreadLocal().get();
  const shared = new SharedLocal({ codec: codecs.int32 });
  const each: Map<number, number> = shared.snapshot();
  // @ts-expect-error: the codec is one of numbers
  shared.set(own);
  // @ts-expect-error: the codec is one of numbers
  const texts: SharedLocal<string> = new SharedLocal({ codec: codecs.int32 });
  // @ts-expect-error: a ThreadLocal is of one thread
  attach(new ThreadLocal());
  console.log(unknown, each, texts);
  console.log(result, wrong);
}

const square = task(import.meta, (x: number) => x * x, "square");

/** Never called: it is for the type checker. */
export async function poolTypesOnly(
  pool: ThreadPoolExecutor,
  signal: AbortSignal,
): Promise<void> {
  const n = new AtomicInt32();
  const future: Future<string> = pool.submit(add, n, 1);
  const text: string = await future;
  const same: string = future.result({ timeout: 5 });
  const promise: Promise<string> = future;
  // @ts-expect-error: 'by' is missing
  pool.submit(add, n);
  // @ts-expect-error: 'by' is a number
  pool.submit(add, n, "1");
  // @ts-expect-error: it takes no third argument
  pool.submit(add, n, 1, 2);
  // @ts-expect-error: it is no task
  pool.submit((x: number) => x, 1);
  // @ts-expect-error: the result is awaited, and a string
  const wrong: Future<number> = pool.submit(add, n, 1);
  // @ts-expect-error: a blocked thread cannot see a signal
  future.result({ signal });
  await future.resultAsync({ signal });
  const squares: number[] = pool.map(square, [1, 2]).toArray();
  for await (const x of pool.map(square, new Set([1]))) squares.push(x);
  const texts: string[] = await pool.starmap(add, [[n, 1]]).toArrayAsync();
  // @ts-expect-error: the inputs are numbers
  pool.map(square, ["1"]);
  // @ts-expect-error: a tuple for each call
  pool.starmap(add, [[n]]);
  const { done, notDone } = Future.wait([future], { returnWhen: "first" });
  const first: Set<Future<string>> = done;
  // @ts-expect-error: there is no such way
  Future.wait([future], { returnWhen: "last" });
  // @ts-expect-error: it blocks
  Future.wait([future], { signal });
  for await (const { future: one } of Future.asCompleted([future])) {
    texts.push(one.result());
  }
  future.onDone((one) => one.result().length);
  const handle: Handle<"Future"> = future.handle;
  const opened: Future<string> = Future.from(handle);
  // @ts-expect-error: the handle of a future is not one of a pool
  pool = attach(handle);
  console.log(text, same, promise, wrong, first, notDone, opened);
}

Deno.test("A task is still the function that it was made from", async () => {
  assertEquals(await add(new AtomicInt32(3), 4), "3");
});
