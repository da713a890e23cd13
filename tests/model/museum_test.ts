// The tester is worth what it finds: each mistake of the museum, and nothing in the
// right programs beside them.

import { assert, assertEquals } from "@std/assert";
import { dfs, explore, replay } from "../../testing/mod.ts";
import { abandonedWait, zombie } from "./museum/absorbed.ts";
import { twoLocks } from "./museum/channel.ts";
import { constantWord, ifForWhile } from "./museum/condition.ts";
import { noDeadline } from "./museum/deadline.ts";
import { flagBeforeValue } from "./museum/double_checked.ts";
import { staleGuard } from "./museum/guard.ts";
import { lateUnlock } from "./museum/late_unlock.ts";
import { forgottenSleeper, unmarkedReturn } from "./museum/mutex.ts";
import { namedLocks } from "./museum/named_locks.ts";
import { earlyLoser, failedOnce } from "./museum/once.ts";
import { flagAfterLook } from "./museum/peterson.ts";
import { philosophers } from "./museum/philosophers.ts";
import { readerAsWriter } from "./museum/readers.ts";
import { flagForDepth } from "./museum/reentrant.ts";
import { onlyOnEdge, otherWord, unlikeDemands } from "./museum/semaphore.ts";
import { strayState } from "./museum/spin_lock.ts";
import { staleCache } from "./museum/stale_cache.ts";
import { aba } from "./museum/treiber.ts";
import { oneAttempt } from "./museum/try_acquire.ts";

const MUSEUM = [
  constantWord,
  onlyOnEdge,
  unlikeDemands,
  otherWord,
  strayState,
  twoLocks,
  staleCache,
  staleGuard,
  flagForDepth,
  oneAttempt,
  readerAsWriter,
  noDeadline,
  abandonedWait,
  zombie,
  lateUnlock,
  earlyLoser,
  failedOnce,
  namedLocks,
  flagAfterLook,
  flagBeforeValue,
  aba,
  philosophers,
  ifForWhile,
  forgottenSleeper,
  unmarkedReturn,
];

for (const { bug, title, kinds, options, model } of MUSEUM) {
  Deno.test({
    name: `${title}: ${bug}`,
    timeout: 60_000,
    async fn() {
      const exploring = { strategy: dfs({ preemptions: 2 }), ...options };

      const { failure } = await explore(model(false), exploring);
      assert(failure, "the tester does not find it");
      assert(kinds.includes(failure.kind), `${failure.kind}\n${failure.table}`);

      const again = await replay(failure.schedule, model(false), options);
      assertEquals(again.failure?.kind, failure.kind);

      const right = await explore(model(true), exploring);
      right.assertOk();
      assert(right.complete, `no end after ${right.executions} executions`);
    },
  });
}
