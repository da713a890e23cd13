/**
 * Operations of threads, timers and pools, each awaited to its end.
 *
 * @module
 */

import {
  parallelForAsync,
  Thread,
  ThreadPoolExecutor,
  ThreadScope,
  Timer,
} from "../../mod.ts";
import { BareWorkers } from "../support/pool_contenders.ts";
import { work } from "../support/pool_tasks.ts";
import type { Make, Operation, Operations } from "./_operation.ts";

const CHUNK = 64, LATER = 1_000_000;

/** Something done with a pool of one thread. */
function pooled(step: (pool: ThreadPoolExecutor) => unknown): Make {
  return (_, ends) => {
    const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    ends.defer(() => pool.shutdownAsync());
    return () => step(pool);
  };
}

/** A thread that begins, does nothing, and ends. */
const bareThread: Make = () => async () => {
  const worker = new BareWorkers(1);
  await worker.call(0);
  await worker.close();
};

function started(ours: () => unknown): Operation {
  return {
    awaits: true,
    times: 10,
    by: { ours: () => ours, postMessage: bareThread },
  };
}

/** All of them. */
export const threadOperations: Operations = {
  ThreadPoolExecutor: {
    "submit, awaited": {
      awaits: true,
      times: 1000,
      by: {
        ours: pooled((pool) => pool.submit(work, 0)),
        postMessage(_, ends) {
          const worker = new BareWorkers(1);
          ends.defer(() => worker.close());
          return () => worker.call(0);
        },
      },
    },
    "map, 64 inputs, awaited": {
      awaits: true,
      items: CHUNK,
      times: 100,
      by: {
        ours: pooled((pool) =>
          pool.map(work, new Array<number>(CHUNK).fill(0), {
            chunkSize: CHUNK,
          }).toArrayAsync()
        ),
      },
    },
    "parallelForAsync, 64 integers": {
      awaits: true,
      items: CHUNK,
      times: 100,
      by: { ours: pooled((pool) => parallelForAsync(work, CHUNK, { pool })) },
    },
  },
  Future: {
    "done": {
      gives: true,
      by: {
        ours: (_, ends) => {
          const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
          ends.defer(() => pool.shutdownAsync());
          const future = pool.submit(work, 0);
          future.result();
          return () => future.done;
        },
        floor: (own) => own.giving(true, own.looks()),
      },
    },
  },
  Thread: {
    "start + joinAsync": started(() =>
      new Thread(work, [0]).start().joinAsync()
    ),
  },
  ThreadScope: {
    "start + joinAsync": started(async () => {
      await using scope = new ThreadScope();
      scope.start(work, 0);
    }),
  },
  Timer: {
    "start + cancel": {
      gives: true,
      times: 1000,
      by: {
        ours(_, ends) {
          // The thread of the timers ends when there is none left.
          const other = new Timer(LATER, work, [0]).start();
          ends.defer(async () => {
            other.cancel();
            const all = Thread.enumerate();
            const timers = all.filter(({ name }) => name === "timers");
            for (const thread of timers) await thread.joinAsync();
          });
          return () => new Timer(LATER, work, [0]).start().cancel();
        },
        setTimeout: () => () => {
          clearTimeout(setTimeout(() => {}, LATER));
          return true;
        },
      },
    },
  },
};
