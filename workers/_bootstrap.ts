/**
 * A thread from within: from its first message to its end.
 *
 * @module
 */

import { realm } from "../primitives/_realm.ts";
import { comeAlive } from "../primitives/_roster.ts";
import { packError } from "./_codec.ts";
import { loadModule, outcomeOf, prepare, report } from "./_errand.ts";
import {
  LOADING,
  openControl,
  type Outcome,
  RUNNING,
  type Start,
  STARTING,
} from "./_protocol.ts";
import { close, onUncaught } from "./_runtime.ts";
import { ScopeState } from "./_scope_state.ts";
import { showLife, tellSupervisor } from "./_supervisor.ts";

/** Runs one thread, and closes its worker. */
export async function runThread(start: Start): Promise<void> {
  const { ended, status, stop } = openControl(start.control);
  if (status.compareExchange(STARTING, LOADING) !== STARTING) return close();
  const { roster, life } = start;
  await showLife(roster, start.id);
  if (!comeAlive(roster, start.id)) return close();
  tellSupervisor(roster);
  realm.roster = roster;
  realm.supervisor = life;
  realm.threadId = start.id;
  realm.stop = stop;
  const scope = start.scope && new ScopeState(start.scope);
  realm.scope = scope?.token;
  realm.current = { id: start.id, name: start.name };

  let over = false;
  const end = (outcome: Outcome) => {
    if (over) return;
    over = true;
    report(start, outcome);
    scope?.judge(start.id, outcome);
    ended.countDown();
    scope?.tell();
    close();
  };
  // What is thrown outside of the task ends the thread, and nothing but the thread.
  onUncaught((error) => {
    if (start.serves) console.error(error);
    else end({ type: "error", error: packError(error) });
  });

  let call: () => unknown;
  try {
    const first = start.serves ? [start.port] : [];
    call = await prepare(start, loadModule, first);
  } catch (error) {
    return end({ type: "start", error: packError(error) });
  }
  status.store(RUNNING);
  end(await outcomeOf(call));
}
