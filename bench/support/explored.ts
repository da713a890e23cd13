/**
 * What the tester is measured with.
 *
 * @module
 */

import type { Lock } from "../../mod.ts";

/** A section under a lock. */
export function section({ lock }: { lock: Lock }): void {
  lock.acquire();
  lock.release();
}
