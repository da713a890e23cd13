/**
 * The real functions, before the tester replaces them in the realm of a model thread.
 *
 * @module
 */

/** The functions of the global `Atomics` as this module found them. */
export const native = {
  load: Atomics.load,
  store: Atomics.store,
  add: Atomics.add,
  sub: Atomics.sub,
  and: Atomics.and,
  or: Atomics.or,
  xor: Atomics.xor,
  exchange: Atomics.exchange,
  compareExchange: Atomics.compareExchange,
  wait: Atomics.wait,
  waitAsync: Atomics.waitAsync,
  notify: Atomics.notify,
};

/** The real time, in milliseconds; the same in every thread. */
export const realNow: () => number = Date.now.bind(Date);

/** The global scope of a worker: the types of users' projects may not know it. */
export const workerScope: {
  onmessage: (event: MessageEvent) => void;
  postMessage(message: unknown): void;
  close(): void;
} = globalThis as never;

/** How many threads run at once. */
export const cores: number = navigator.hardwareConcurrency;

type Later = (run: () => void) => void;

/**
 * Runs a function when all microtasks have run. In Deno a message does not wait for
 * that: what is sent while a port is being read arrives between two microtasks.
 */
export const afterMicrotasks: Later = (() => {
  const { process } = globalThis as unknown as {
    process?: { getBuiltinModule?(name: string): { setImmediate: Later } };
  };
  const timers = process?.getBuiltinModule?.("node:timers");
  return timers?.setImmediate ?? setTimeout.bind(globalThis);
})();
