/**
 * Items through what one writes in ten minutes.
 *
 * @module
 */

import { CAPACITY } from "./items.ts";
import { GOT, LOCK, makeRing, PUT, slots, type Words } from "./ring.ts";
import { oneByOne, PATIENCE, type Way } from "./way.ts";

/** Sleeps while a word has a value. */
function sleepWhile(words: Words, at: number, value: number): void {
  if (Atomics.wait(words, at, value, PATIENCE) === "timed-out") {
    throw new Error("Nobody wakes this thread");
  }
}

/** A ring for one producer and one consumer, who wait and wake for each item. */
export const naiveRingWay: Way<Words> = {
  make: ({ kind }) => makeRing(kind),
  open(words, place) {
    const { write, read } = slots(words, place);
    const capacity = CAPACITY[place.kind];
    return oneByOne(
      place,
      (id) => {
        const put = Atomics.load(words, PUT);
        for (;;) {
          const got = Atomics.load(words, GOT);
          if ((put - got | 0) < capacity) break;
          sleepWhile(words, GOT, got);
        }
        write(put, id);
        Atomics.store(words, PUT, put + 1);
        Atomics.notify(words, PUT);
      },
      (tally) => {
        const got = Atomics.load(words, GOT);
        while (Atomics.load(words, PUT) === got) sleepWhile(words, PUT, got);
        read(got, tally);
        Atomics.store(words, GOT, got + 1);
        Atomics.notify(words, GOT);
      },
    );
  },
};

function lock(words: Words): void {
  while (Atomics.compareExchange(words, LOCK, 0, 1) !== 0) {
    sleepWhile(words, LOCK, 1);
  }
}

function unlock(words: Words): void {
  Atomics.store(words, LOCK, 0);
  Atomics.notify(words, LOCK, 1);
}

/** A ring for any number of threads, behind a lock of two states. */
export const naiveLockedWay: Way<Words> = {
  make: ({ kind }) => makeRing(kind),
  open(words, place) {
    const { write, read } = slots(words, place);
    const capacity = CAPACITY[place.kind];
    return oneByOne(
      place,
      (id) => {
        for (;;) {
          lock(words);
          const put = words[PUT]!, got = words[GOT]!;
          if ((put - got | 0) < capacity) {
            write(put, id);
            words[PUT] = put + 1;
            unlock(words);
            Atomics.notify(words, PUT);
            return;
          }
          unlock(words);
          sleepWhile(words, GOT, got);
        }
      },
      (tally) => {
        for (;;) {
          lock(words);
          const put = words[PUT]!, got = words[GOT]!;
          if (put !== got) {
            read(got, tally);
            words[GOT] = got + 1;
            unlock(words);
            Atomics.notify(words, GOT);
            return;
          }
          unlock(words);
          sleepWhile(words, PUT, put);
        }
      },
    );
  },
};
