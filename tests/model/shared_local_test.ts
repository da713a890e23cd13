import { codecs, SharedLocal } from "@interlock/threading";
import * as bodies from "./bodies/shared_local_bodies.ts";
import {
  MANY_DEATHS,
  type ModelTest,
  modelTest,
  ONE,
  SOME,
  words,
} from "./support.ts";

type State = bodies.State;

interface Options extends Partial<ModelTest<State>> {
  readonly room?: number;
}

function localTest(
  name: string,
  threads: readonly (keyof typeof bodies)[],
  { room = threads.length, ...how }: Options = {},
): void {
  modelTest<State>(`SharedLocal: ${name}`, {
    module: new URL("./bodies/shared_local_bodies.ts", import.meta.url),
    threads,
    setup: () => ({
      local: new SharedLocal({
        threads: room,
        codec: codecs.bytes,
        capacity: 8,
      }),
      marks: words(3),
    }),
    ...how,
  });
}

const someVisited = ({ marks }: State) => marks[bodies.ENDED]! > 0;
const neverRefused = ({ marks, local }: State) =>
  marks[bodies.REFUSED] === 0 && local.size === 0;

localTest("one thread sets, another reads", ["write", "read"], { room: 1 });
localTest("two threads set, a third one reads", [
  "writeOnce",
  "write",
  "read",
], { room: 2, strategies: SOME });
localTest("two threads come and go in one slot, and one is there", [
  "visitTwice",
  "visit",
], { room: 1, final: someVisited });
localTest("a slot goes from thread to thread while one reads", [
  "visit",
  "visit",
  "glance",
], { room: 1, final: someVisited, strategies: ONE });
localTest("there is always room for as many as want it", [
  "visitTwice",
  "visitTwice",
  "visit",
], { final: neverRefused, strategies: SOME });

// Threads that die: their values are whole, and their slots go to others.

const death = {
  faults: { death: 1 },
  timeouts: "virtual",
  final: bodies.glance,
} as const;

localTest("a thread dies at any point while it sets", ["write", "read"], {
  ...death,
  room: 1,
  strategies: ONE,
});
localTest("a thread dies at any point, and another needs its slot", [
  "stay",
  "visit",
], { ...death, room: 1, strategies: ONE });
localTest("a thread dies, another needs its slot, and a third one reads", [
  "stay",
  "visit",
  "glance",
], { ...death, room: 1, strategies: MANY_DEATHS });
localTest("what a dead thread has set is never another's", [
  "enterAndLook",
  "enter",
  "glance",
], { ...death, room: 1, strategies: ONE });
localTest("one of three that come and go dies", [
  "visit",
  "visit",
  "visit",
], {
  ...death,
  room: 3,
  final: ({ marks }) => marks[bodies.REFUSED] === 0,
  strategies: MANY_DEATHS,
});
