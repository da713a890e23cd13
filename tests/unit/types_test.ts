// What the types must refuse: "deno check" fails where one of these is accepted.

import {
  AtomicInt32,
  attach,
  codecs,
  type Handle,
  type Lock,
  type Posted,
  Semaphore,
  SharedLocal,
  type Task,
  task,
  Thread,
  ThreadLocal,
} from "@interlock/threading";
import { assertEquals } from "@std/assert";

export const add: Task<(n: AtomicInt32, by: number) => Promise<string>> = task(
  import.meta,
  function add(n: AtomicInt32, by: number) {
    return Promise.resolve(String(n.add(by)));
  },
);

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

Deno.test("A task is still the function that it was made from", async () => {
  assertEquals(await add(new AtomicInt32(3), 4), "3");
});
