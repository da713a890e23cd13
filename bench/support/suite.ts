/**
 * How families are registered with `deno bench`.
 *
 * @module
 */

import type { Case, Family, Session } from "./family.ts";

/**
 * Registers all cases of a family; the first contender of a case is its baseline.
 *
 * An iteration is one round of K operations, of each worker where there are several: the
 * family says what to divide by. `INTERLOCK_BENCH=quick` takes a small grid.
 */
export async function register(family: Family): Promise<void> {
  const quick = Deno.env.get("INTERLOCK_BENCH") === "quick";
  const session = await family.open(quick ? "quick" : "full");
  addEventListener("unload", () => void session.close());
  for (const item of session.cases) {
    for (const contender of item.contenders) {
      registerOne(family, session, item, contender);
    }
  }
}

function registerOne(
  { title, axis }: Family,
  session: Session,
  item: Case,
  contender: string,
): void {
  const times = Math.min(item.times, item.most ?? Infinity);
  Deno.bench({
    name: `${contender}, K = ${times}`,
    group: `${title}: ${item.group}, ${axis}: ${item.x}`,
    baseline: contender === item.contenders[0],
    n: 10,
    warmup: 2,
    async fn(bench) {
      bench.start();
      await session.round(item, contender, times);
      bench.end();
    },
  });
}
