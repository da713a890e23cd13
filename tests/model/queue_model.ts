/**
 * Models of queues: scripts for threads, and what must be so at the end.
 *
 * @module
 */

import {
  codecs,
  LifoQueue,
  PriorityQueue,
  Queue,
  QueueShutDownError,
} from "@interlock/threading";
import { layoutCells } from "../../primitives/_cells.ts";
import { HEAP_LINKS } from "../../primitives/_heap.ts";
import { Items, LIST_LINKS } from "../../primitives/_items.ts";
import { STATE } from "../../primitives/_lock_state.ts";
import { AFTER_QUEUE } from "../../primitives/_queue_state.ts";
import { ABANDONED } from "../../primitives/_thread_id.ts";
import type { Ended } from "../../testing/mod.ts";
import {
  BEGUN,
  GOT,
  itemOf,
  numberOf,
  ORDER,
  PUT,
  REPORTED,
  type State,
} from "./bodies/queue_bodies.ts";
import { check } from "./bodies/tasks.ts";
import { isDead, type ModelTest, modelTest, words } from "./support.ts";

/** The words of a queue; see `_cells.ts`, `_items.ts` and `_queue_state.ts`. */
const TAIL = 17, FREE = 18, FRESH = 19, SIZE = 32, SPACE = 33;
const COUNT = (1 << 30) - 1;
const NAMES = ["first", "second", "third", "fourth"] as const;

/** A queue, and how its threads are explored. */
export interface QueueTest extends Partial<Omit<ModelTest<State>, "setup">> {
  readonly kind?: "Queue" | "LifoQueue" | "PriorityQueue";
  readonly maxSize?: number;
  /** How many cells there are; 4 if left out. */
  readonly cells?: number;
  /** What is in it at the beginning. */
  readonly has?: readonly number[];
  /** What is in it at the end, if that is certain. */
  readonly left?: readonly number[];
  /** More that must be so at the end: `order` is how items were got, `rest` what was left. */
  readonly also?: (
    state: State,
    order: readonly number[],
    ended: Ended,
    rest: readonly number[],
  ) => boolean | void;
}

/** Registers a model of threads that follow scripts. */
export function queueTest(
  name: string,
  scripts: readonly (readonly string[])[],
  { kind = "Queue", maxSize = Infinity, cells = 4, ...how }: QueueTest = {},
): void {
  const { has = [], left, also, ...model } = how;
  modelTest<State>(`${kind}: ${name}`, {
    module: new URL("./bodies/queue_bodies.ts", import.meta.url),
    threads: NAMES.slice(0, scripts.length),
    setup: () => {
      const links = kind === "PriorityQueue" ? HEAP_LINKS : LIST_LINKS;
      const { cell } = layoutCells(links, undefined, 1, 1);
      const options = {
        codec: codecs.string,
        capacity: cells * cell * 4,
        maxSize,
      };
      const queue = kind === "LifoQueue"
        ? new LifoQueue<string>(options)
        : kind === "PriorityQueue"
        ? new PriorityQueue<string>(options)
        : new Queue<string>(options);
      const marks = words(32);
      for (const n of has) {
        put(queue, n);
        marks[BEGUN]! |= 1 << n;
        marks[PUT]! |= 1 << n;
      }
      return { queue, scripts, marks };
    },
    final(state, ended) {
      const order = [...state.marks.subarray(ORDER, ORDER + 16)]
        .filter((n) => n !== 0);
      const rest = drain(state, ended);
      if (left !== undefined) {
        check(`${rest}` === `${left}`, `${rest} is left`);
      }
      return also?.(state, order, ended, rest) ?? true;
    },
    timeouts: "explore",
    slots: 2,
    ...model,
  });
}

function put(queue: Queue<string>, n: number): boolean {
  const prioritized = queue as PriorityQueue<string>;
  return prioritized.tryPut(itemOf(n), { priority: n % 10 });
}

/** Takes out what is left, and sees that nothing was lost, doubled or torn, and that all memory can be used. */
function drain({ queue, marks, scripts }: State, ended: Ended): number[] {
  const all = new Int32Array(queue.buffer, queue.byteOffset);
  const mended = isDead(all[STATE]!, ended);
  // Whoever comes next repairs what a dead thread left.
  if (mended) all[STATE] = ABANDONED;
  check(mended || all[STATE] === 0, "the section is left held");
  if (!mended) whole(queue);
  const rest: number[] = [];
  for (;;) {
    let found;
    try {
      found = queue.tryGet();
    } catch (error) {
      if (error instanceof QueueShutDownError) break;
      throw error;
    }
    if (found === undefined) break;
    rest.push(numberOf(found.value));
  }
  whole(queue);
  let there = marks[GOT]!;
  for (const n of rest) {
    check((marks[BEGUN]! & 1 << n) !== 0, `nobody put ${n}`);
    check((there & 1 << n) === 0, `${n} is there twice`);
    there |= 1 << n;
  }
  check(queue.size === 0, "the size is not 0");
  if (!queue.isShutDown) {
    const lost = count(marks[PUT]! & ~there);
    const most = ended.dead.map((thread) => inHand(scripts[thread]!));
    check(lost <= Math.max(0, ...most), `${lost} items are lost`);
  }
  // Of what was put in, all that is out of the queue is a task, and nothing else.
  const out = count(there) - marks[REPORTED]!, tasks = queue.unfinishedTasks;
  const maybe = count(marks[BEGUN]! & ~there), died = ended.dead.length > 0;
  check(died ? tasks <= out + maybe : tasks === out, `${tasks} tasks`);
  const { cells } = new Items(all.subarray(0, AFTER_QUEUE) as Words);
  check((all[SPACE]! & COUNT) === cells, "cells are lost");
  if (!queue.isShutDown && queue.maxSize === Infinity) {
    for (let n = 0; n < cells; n++) check(put(queue, 1), "no room");
    check(!put(queue, 1), "too much room");
  }
  return rest;
}

/** How many bits are set. */
function count(mask: number): number {
  return mask.toString(2).replaceAll("0", "").length;
}

/** How many items may go with a thread: the one that it gets, or those that its tasks get. */
function inHand(script: readonly string[]): number {
  const gets = script.filter((step) => step.endsWith("get"));
  const tasks = gets.filter((step) => step.startsWith("start"));
  return tasks.length + Number(gets.length > tasks.length);
}

type Words = Int32Array<SharedArrayBuffer>;

/** All that follows from the list is as it must be. */
function whole(queue: Queue<string>): void {
  const all = new Int32Array(queue.buffer, queue.byteOffset) as Words;
  const items = new Items(all), { view } = items, cell = all[7]!;
  const used = new Set<number>();
  let size = 0, last = 0;
  const use = (place: number, what: string) => {
    check(place > 0 && place % cell === 0 && place < all[FRESH]!, what);
    check(!used.has(place), `${what} twice`);
    used.add(place);
  };
  for (let item = items.head; item !== 0; item = items.next(item)) {
    for (let part = item; part !== 0; part = view[part]!) use(part, "an item");
    check(items.previous(item) === last, "PREV");
    last = item;
    size++;
  }
  check(all[TAIL] === last, "TAIL");
  check((all[SIZE]! & COUNT) === size, `SIZE is not ${size}`);
  check((all[SPACE]! & COUNT) === items.cells - used.size, "SPACE");
  for (let free = all[FREE]!; free !== 0; free = view[free]!) {
    use(free, "a free cell");
    check(view.subarray(free + 1, free + cell).every((x) => x === 0), "dirt");
  }
  check(used.size === all[FRESH]! / cell - 1, "a cell is lost");
}
