/**
 * Items through the least that there could be: each side writes or reads the same bytes, and
 * publishes with Atomics how far it is, in memory of its own. Nobody waits, and nothing goes
 * from one core to another.
 *
 * @module
 */

import { CAPACITY, Tally } from "./items.ts";
import { MANY } from "./ours_ways.ts";
import { GOT, makeRing, PUT, SLOTS, slots } from "./ring.ts";
import type { Place, Way } from "./way.ts";

/** A ring that is full: each slot has the item of its number. */
function fullRing(place: Place) {
  const words = makeRing(place.kind), { write, read } = slots(words, place);
  for (let id = 0; id < CAPACITY[place.kind]; id++) write(id, id);
  return { words, write, read };
}

/** One item at a time. */
export const floorWay: Way<null> = {
  make: () => null,
  open(_, place) {
    const { words, write, read } = fullRing(place), { loops } = place;
    const looked = new Tally(false);
    // What is read is whole, but has the number of its slot.
    let next = 0;
    const put = (id: number) => {
      const at = Atomics.load(words, PUT);
      write(at, id);
      Atomics.store(words, PUT, at + 1);
    };
    const get = (tally: Tally) => {
      const at = Atomics.load(words, GOT);
      read(at, looked);
      Atomics.store(words, GOT, at + 1);
      tally.add(next++, looked.wrong === 0);
    };
    return {
      send: (first, count) => loops.send(put, first, count),
      receive(count, tally) {
        next = 0;
        loops.receive(get, count, tally);
      },
      both(count, tally) {
        next = 0;
        loops.both(put, get, count, tally);
      },
    };
  },
};

/** Many integers at a time. */
export const floorManyWay: Way<null> = {
  make: () => null,
  open(_, place) {
    const { words } = fullRing(place), many = new Int32Array(MANY);
    const slot = words.subarray(SLOTS, SLOTS + MANY);
    return {
      send(first, count) {
        for (let left = count, id = first; left > 0; left -= MANY) {
          for (let n = 0; n < MANY; n++) many[n] = id + n;
          id += MANY;
          slot.set(many);
          Atomics.load(words, GOT);
          Atomics.store(words, PUT, id);
        }
      },
      receive(count, tally) {
        for (let got = 0; got < count; got += MANY) {
          Atomics.load(words, PUT);
          many.set(slot);
          for (let n = 0; n < MANY; n++) many[n]! += got;
          tally.addMany(many, Math.min(MANY, count - got));
          Atomics.store(words, GOT, got);
        }
      },
    };
  },
};
