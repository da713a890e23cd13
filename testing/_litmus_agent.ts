/**
 * An actor of a litmus test: round after round, the same function on many instances.
 *
 * @module
 */

import { packError } from "../workers/_codec.ts";
import { find, type Wanted } from "./_function.ts";
import { workerScope } from "./_native.ts";

type Words = Int32Array<SharedArrayBuffer>;

/** What an actor is told first. */
export interface LitmusInit {
  readonly me: number;
  readonly actors: number;
  readonly actor: Wanted;
  readonly module: string;
  readonly words: number;
  readonly instances: number;
  /** 0 ROUND, -1 at the end; 16 DONE; 32 BEGUN, instances times actors. */
  readonly control: Words;
  readonly memory: Words;
  readonly results: Words;
  /** What each actor returns: 0 nothing, 1 a number, 2 a boolean; one per cache line. */
  readonly kinds: Words;
}

/** Begins to serve. */
export function serve(): void {
  workerScope.onmessage = async ({ data }: MessageEvent<LitmusInit>) => {
    const { me, actors, words, instances, control, memory, results } = data;
    let actor: (words: Words) => unknown;
    try {
      actor = find(await import(data.module), data.actor);
    } catch (error) {
      return workerScope.postMessage(packError(error));
    }
    const views = Array.from(
      { length: instances },
      (_, i) => memory.subarray(i * words, (i + 1) * words) as Words,
    );
    const looks = actors <= navigator.hardwareConcurrency ? 2000 : 50;
    workerScope.postMessage("ready");
    for (let round = 0;;) {
      Atomics.wait(control, 0, round);
      round = Atomics.load(control, 0);
      if (round < 0) break;
      try {
        for (let i = 0; i < instances; i++) {
          // All begin an instance together, as near as a spin gets; a core may be missing.
          const all = (round - 1) * instances * actors + (i + 1) * actors | 0;
          Atomics.add(control, 32, 1);
          for (let look = 0; look < looks; look++) {
            if ((Atomics.load(control, 32) - all | 0) >= 0) break;
          }
          const result = actor(views[i]!);
          if (result === undefined) continue;
          if (i === 0) {
            data.kinds[me * 16] = typeof result === "boolean" ? 2 : 1;
          }
          results[me * instances + i] = Number(result);
        }
      } catch (error) {
        workerScope.postMessage(packError(error));
        Atomics.store(control, 32, round * instances * actors);
      }
      Atomics.add(control, 16, 1);
      Atomics.notify(control, 16);
    }
    workerScope.close();
  };
}
