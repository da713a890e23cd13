/**
 * SpscQueue: a stream of items from one worker to another.
 *
 * Nanoseconds per item = time per iteration / the number of items in the name. The
 * consumer looks at each item; a wrong one fails the bench.
 *
 * @module
 */

import { type Kind, Streams } from "./support/streams.ts";

for (const kind of ["int32", "records"] satisfies Kind[]) {
  const streams = new Streams(kind);
  addEventListener("unload", () => streams.close());
  for (const name of streams.names) {
    Deno.bench({
      name: `${name}, ${streams.items(name)} items`,
      group: kind === "int32" ? "int32" : "records of 1 KiB",
      baseline: name === "ours",
      n: 10,
      warmup: 2,
      fn: async () => void await streams.round(name),
    });
  }
}
