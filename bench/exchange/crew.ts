/**
 * Workers that exchange items of one kind, round by round.
 *
 * @module
 */

import { answerOf, endWorkers, inTime } from "../support/patience.ts";
import { counters, type Kind, makers } from "./items.ts";
import { loops } from "./loops.ts";
import type { Setting, Way, Ways } from "./way.ts";
import {
  type Ending,
  GO,
  type Order,
  OVER,
  type Share,
  type Start,
} from "./worker.ts";

/** The workers of a kind. */
export class Crew {
  readonly ready: Promise<unknown>;
  readonly #kind: Kind;
  readonly #ways: Ways;
  readonly #workers: readonly Worker[];
  readonly #control = new Int32Array(new SharedArrayBuffer(128));
  /** By contender of a case, what its parties share. */
  readonly #opened = new Map<string, { way: Way<unknown>; shared: unknown }>();
  #started = false;
  #rounds = 0;
  #broken = false;

  constructor(kind: Kind, size: number, ways: Ways, module: string) {
    this.#kind = kind;
    this.#ways = ways;
    this.#workers = Array.from({ length: size }, (_, me) => {
      return new Worker(new URL("./worker.ts", import.meta.url), {
        type: "module",
        name: `${kind}-${me}`,
      });
    });
    const start: Start = { control: this.#control, kind, module };
    this.ready = inTime(
      "The start of the workers",
      Promise.all(
        this.#workers.map((worker) => {
          const answer = answerOf(worker);
          worker.postMessage(start);
          return answer;
        }),
      ),
    );
  }

  /** Milliseconds from the start of all to the end of the last. */
  async round(key: string, name: string, setting: Setting): Promise<number> {
    if (this.#broken) throw new Error("An earlier round did not end well");
    this.#started = true;
    this.#broken = true;
    const way = this.#ways[name]!, control = this.#control;
    const shares = sharesOf(setting);
    const orders = this.#orders(key, name, way, setting, shares);
    const workers = this.#workers.slice(0, shares.length);
    const answers = <T>() =>
      inTime(key, Promise.all(workers.map((worker) => resultOf<T>(worker))));
    const ready = answers<"ready">();
    for (const [me, order] of orders.entries()) {
      workers[me]!.postMessage(order, order.opening?.ports ?? []);
    }
    await ready;
    const endings = answers<Ending>();
    const begin = performance.now();
    Atomics.store(control, GO, this.#rounds);
    Atomics.notify(control, GO);
    const ended = await endings;
    const elapsed = performance.now() - begin;
    inspect(key, setting.times, ended);
    this.#broken = false;
    return elapsed;
  }

  async close(): Promise<void> {
    if (!this.#started) {
      // They may have failed to load, and would not answer; nobody sleeps yet.
      for (const worker of this.#workers) worker.terminate();
      return;
    }
    if (this.#broken) this.#release();
    await endWorkers(this.#workers);
  }

  /** Lets nobody wait who could wait for ever. */
  #release(): void {
    Atomics.store(this.#control, OVER, 1);
    Atomics.store(this.#control, GO, this.#rounds);
    Atomics.notify(this.#control, GO);
    const kind = this.#kind, make = makers[kind], count = counters[kind];
    const place = { kind, loops, make, count, ports: [], look() {} };
    for (const { way, shared } of this.#opened.values()) {
      way.open(shared, { ...place, sends: false }).release?.();
    }
  }

  #orders(
    key: string,
    name: string,
    way: Way<unknown>,
    setting: Setting,
    shares: readonly Share[],
  ): Order[] {
    const round = ++this.#rounds, ordered = setting.producers === 1;
    const orders = shares.map((share): Order => {
      return { ...share, round, key, way: name, ordered };
    });
    if (this.#opened.has(key) && !way.fresh) return orders;
    const shared = way.make(setting);
    this.#opened.set(key, { way, shared });
    const ports = way.ports ? portsFor(setting) : [];
    return orders.map((order, me) => {
      return { ...order, opening: { shared, ports: ports[me] ?? [] } };
    });
  }
}

/** Who sends and receives how many; producers come first. */
function sharesOf(setting: Setting): Share[] {
  const { producers, consumers, times } = setting;
  if (consumers === 0) {
    return [{ role: "both", first: 0, count: times }];
  }
  const sends = Array.from({ length: producers }, (_, p): Share => {
    const first = Math.floor(times * p / producers);
    const next = Math.floor(times * (p + 1) / producers);
    return { role: "send", first, count: next - first };
  });
  // Ports join a producer to one consumer, so each receives what its producers send.
  const receives = Array.from({ length: consumers }, (_, c): Share => {
    const its = sends.filter((_, p) => p % consumers === c);
    const count = its.reduce((sum, { count }) => sum + count, 0);
    return { role: "receive", first: 0, count };
  });
  return [...sends, ...receives];
}

/** By worker, its ports. */
function portsFor({ producers, consumers }: Setting): MessagePort[][] {
  const channels = Array.from({ length: producers }, () => {
    return new MessageChannel();
  });
  const receives = Array.from({ length: consumers }, (_, c) => {
    return channels.filter((_, p) => p % consumers === c)
      .map(({ port2 }) => port2);
  });
  return [...channels.map(({ port1 }) => [port1]), ...receives];
}

/** What a worker answers next; an error at once if it failed, as others may wait for it. */
async function resultOf<T>(worker: Worker): Promise<T> {
  const answer = await answerOf<T | Error>(worker);
  if (answer instanceof Error) throw answer;
  return answer;
}

function inspect(
  key: string,
  times: number,
  endings: readonly Ending[],
): void {
  let count = 0, sum = 0, wrong = 0;
  for (const ending of endings) {
    count += ending.count;
    sum += ending.sum;
    wrong += ending.wrong;
  }
  if (count !== times || sum !== times * (times - 1) / 2 || wrong > 0) {
    throw new Error(
      `${key} passed ${count} of ${times} items, ${wrong} of them altered`,
    );
  }
}
