// Ways of items that do not do what they should.

import type { Way, Ways } from "../../bench/exchange/way.ts";
import { queueWay } from "../../bench/exchange/ours_ways.ts";

/** Passes so many of the items. */
function some(share: (times: number) => number): Way<unknown> {
  return {
    make: () => null,
    open: (_, { count, make }) => ({
      both(times, tally) {
        for (let id = 0; id < share(times); id++) count(tally, make(id));
      },
    }),
  };
}

export const ways: Ways = {
  good: some((times) => times),
  loses: some((times) => times - 1),
  // The consumer waits for ever, until it is told that nothing comes.
  fails: {
    make: queueWay.make,
    open(shared, place) {
      const party = queueWay.open(shared as never, place);
      return {
        ...party,
        send() {
          throw new Error("This is part of a test");
        },
      };
    },
  },
};
