/**
 * Operations of what is waited for, where there is no need to wait.
 *
 * @module
 */

import {
  Barrier,
  CancelToken,
  Event,
  Latch,
  Once,
  OnceCell,
} from "../../mod.ts";
import { barriers } from "../contenders/barriers.ts";
import type { Meeting } from "../contenders/contender.ts";
import { each, type Make, type Operations, others } from "./_operation.ts";

/** So many can be counted down as no session does. */
const PLENTY = 2 ** 31 - 1;

function setEvent(): Event {
  const event = new Event();
  event.set();
  return event;
}

function doneOnce(): Once {
  const once = new Once();
  once.run(() => {});
  return once;
}

function fullCell(): OnceCell<number> {
  const cell = new OnceCell<number>();
  cell.set(7);
  return cell;
}

/** What a thing shows. */
function shows<T>(make: () => T, show: (thing: T) => unknown): Make {
  return () => {
    const thing = make();
    return () => show(thing);
  };
}

const looksTrue: Make = (own) => own.giving(true, own.looks());
const looksFalse: Make = (own) => own.giving(false, own.looks());
const awaitsTrue: Make = (own) => own.awaits(own.giving(true, own.looks()));

/** Flags that notify at each change. */
function naiveFlag(): { set(): void; clear(): void } {
  const words = new Int32Array(new SharedArrayBuffer(4));
  return {
    set() {
      Atomics.store(words, 0, 1);
      Atomics.notify(words, 0);
    },
    clear() {
      Atomics.store(words, 0, 0);
    },
  };
}

/** All of them. */
export const signalOperations: Operations = {
  Event: {
    "set + clear": {
      by: {
        ours() {
          const event = new Event();
          return () => {
            event.set();
            event.clear();
          };
        },
        naive() {
          const flag = naiveFlag();
          return () => {
            flag.set();
            flag.clear();
          };
        },
        floor: (own) => own.exchanges(),
      },
    },
    "isSet": {
      gives: true,
      by: { ours: shows(setEvent, (it) => it.isSet), floor: looksTrue },
    },
    "wait, when set": {
      gives: true,
      by: { ours: shows(setEvent, (it) => it.wait()), floor: looksTrue },
    },
    "waitAsync, when set": {
      awaits: true,
      gives: true,
      by: { ours: shows(setEvent, (it) => it.waitAsync()), floor: awaitsTrue },
    },
  },
  Latch: {
    "countDown": {
      by: {
        ours: shows(() => new Latch(PLENTY), (it) => it.countDown()),
        floor: (own) => own.changes(),
      },
    },
    "hold + release": {
      by: {
        ours: shows(() => new Latch(PLENTY), (it) => it.hold().release()),
        floor: (own) => own.changes(),
      },
    },
    "count": {
      gives: 7,
      by: {
        ours: shows(() => new Latch(7), (it) => it.count),
        floor: (own) => own.looks(7),
      },
    },
    "wait, at 0": {
      gives: true,
      by: {
        ours: shows(() => new Latch(0), (it) => it.wait()),
        floor: looksTrue,
      },
    },
    "waitAsync, at 0": {
      awaits: true,
      gives: true,
      by: {
        ours: shows(() => new Latch(0), (it) => it.waitAsync()),
        floor: awaitsTrue,
      },
    },
  },
  Barrier: {
    "wait, alone": {
      by: each<Meeting>(
        { ours: () => new Barrier(1), ...others(barriers) },
        (own, it) => own.meet(it),
      ),
    },
    "waitAsync, alone": {
      awaits: true,
      by: {
        ours: shows(() => new Barrier(1), (it) => it.waitAsync()),
        floor: (own) => own.awaits(own.exchanges()),
      },
    },
    "waiting": {
      gives: 0,
      by: {
        ours: shows(() => new Barrier(2), (it) => it.waiting),
        floor: (own) => own.looks(0),
      },
    },
  },
  Once: {
    "run, when done": {
      by: {
        ours: shows(doneOnce, (it) => it.run(() => {})),
        floor: (own) => own.looks(0),
      },
    },
    "runAsync, when done": {
      awaits: true,
      by: {
        ours: shows(doneOnce, (it) => it.runAsync(() => {})),
        floor: (own) => own.awaits(own.looks(0)),
      },
    },
    "isDone": {
      gives: true,
      by: { ours: shows(doneOnce, (it) => it.isDone), floor: looksTrue },
    },
    "wait, when done": {
      gives: true,
      by: { ours: shows(doneOnce, (it) => it.wait()), floor: looksTrue },
    },
  },
  OnceCell: {
    "get, when set": {
      gives: 7,
      by: {
        ours: shows(fullCell, (it) => it.get(() => 0)),
        floor: (own) => own.looks(7),
      },
    },
    "getAsync, when set": {
      awaits: true,
      gives: 7,
      by: {
        ours: shows(fullCell, (it) => it.getAsync(() => 0)),
        floor: (own) => own.awaits(own.looks(7)),
      },
    },
    "tryGet, when set": {
      gives: 7,
      by: {
        ours: shows(fullCell, (it) => it.tryGet()?.value),
        floor: (own) => own.looks(7),
      },
    },
  },
  CancelToken: {
    "isCancelled": {
      gives: false,
      by: {
        ours: shows(() => new CancelToken(), (it) => it.isCancelled),
        floor: looksFalse,
      },
    },
    "throwIfCancelled": {
      by: {
        ours: shows(() => new CancelToken(), (it) => it.throwIfCancelled()),
        floor: (own) => own.looks(0),
      },
    },
  },
};
