import { AbandonedLockError, type RWLock, sleep } from "@interlock/threading";
import { aborted, check, PATIENT, SOON, tasks, turn } from "./tasks.ts";

export interface State {
  readonly rw: RWLock;
  /** Two numbers that are the same wherever nobody writes; plain, and checked for races. */
  readonly pair: Int32Array;
  readonly marks: Int32Array;
}

/** Words of `marks`. */
export const WRITES = 0, READS = 1, GAVE_UP = 2;

type Side = "read" | "write" | "upgradable";

function look({ pair }: State): number {
  const first = pair[0]!;
  check(first === pair[1], "half a change is seen");
  return first;
}

function change({ pair, marks }: State): void {
  pair[0]!++;
  pair[1]!++;
  check(pair[0] === pair[1], "two are writing");
  Atomics.add(marks, WRITES, 1);
}

function use(state: State, side: Side): void {
  if (side === "write") return change(state);
  look(state);
  Atomics.add(state.marks, READS, 1);
}

/** What a dead writer left is mended. */
function mend({ rw, pair }: State): void {
  const held = rw.write.recover();
  if (held.wasAbandoned) pair[1] = pair[0]!;
  held.release();
}

function acquire(state: State, side: Side, timeout?: number): boolean {
  for (;;) {
    try {
      return state.rw[side].acquire(timeout);
    } catch (error) {
      if (!(error instanceof AbandonedLockError)) throw error;
      mend(state);
    }
  }
}

function blocking(side: Side, timeout?: number, times = 1) {
  return (state: State) => {
    for (let i = 0; i < times; i++) {
      if (acquire(state, side, timeout)) {
        use(state, side);
        state.rw[side].release();
      } else {
        check(timeout !== undefined, "false without a timeout");
        Atomics.add(state.marks, GAVE_UP, 1);
      }
    }
  };
}

export const read = blocking("read");
export const readTwice = blocking("read", undefined, 2);
export const write = blocking("write");
export const writeTwice = blocking("write", undefined, 2);
export const timedRead = blocking("read", SOON);
export const timedWrite = blocking("write", SOON);
export const patientRead = blocking("read", PATIENT);
export const patientWrite = blocking("write", PATIENT);
const upgradable = blocking("upgradable");

/** Has the upgradable hold for a while, and says so. */
export function upgradableTells(state: State): void {
  upgradable(state);
  Atomics.notify(state.marks, READS);
}

/** Reads until two others have had the upgradable hold. */
export function readBesideTwo(state: State): void {
  const { rw, marks } = state;
  acquire(state, "read");
  for (;;) {
    const reads = Atomics.load(marks, READS);
    if (reads === 2) break;
    Atomics.wait(marks, READS, reads);
  }
  rw.read.release();
}

export function tryRead(state: State): void {
  if (!state.rw.read.tryAcquire()) return;
  look(state);
  state.rw.read.release();
}

export function tryWrite(state: State): void {
  if (!state.rw.write.tryAcquire()) return;
  change(state);
  state.rw.write.release();
}

/** Reads what it has written before anybody else writes. */
export function downgrade(state: State): void {
  acquire(state, "write");
  change(state);
  const written = state.pair[0]!;
  const held = state.rw.write.downgrade();
  check(look(state) === written, "a writer got in between");
  held.release();
}

/** Writes, if it may, before anybody else has written since it read. */
function upgrading(how: "try" | "wait" | "soon" | "whole") {
  return (state: State) => {
    const { rw } = state;
    acquire(state, "upgradable");
    const seen = look(state);
    let upgraded = true;
    try {
      if (how === "try") upgraded = rw.upgradable.tryUpgrade();
      else rw.upgradable.upgrade(how === "soon" ? SOON : undefined);
    } catch (error) {
      check(how === "soon", `${error}`);
      upgraded = false;
    }
    if (upgraded) {
      check(look(state) === seen, "somebody wrote before the upgrade");
      change(state);
      if (how !== "whole") {
        rw.write.release();
        check(look(state) === seen + 1, "somebody wrote after the upgrade");
      }
    }
    rw.upgradable.release();
  };
}

export const upgrade = upgrading("wait");
export const upgradeWhole = upgrading("whole");
export const tryUpgrade = upgrading("try");
export const upgradeSoon = upgrading("soon");

function awaiting(side: Side, timeout?: number) {
  return async (state: State) => {
    try {
      if (!await state.rw[side].acquireAsync(timeout)) {
        return check(timeout !== undefined, "false without a timeout");
      }
    } catch (error) {
      if (!(error instanceof AbandonedLockError)) throw error;
      return mend(state);
    }
    use(state, side);
    await turn();
    state.rw[side].release();
  };
}

async function abortedTask(state: State): Promise<void> {
  const { write } = state.rw;
  if (!await aborted((signal) => write.acquireAsync({ signal }))) return;
  change(state);
  write.release();
}

async function upgradeTask(state: State): Promise<void> {
  const { upgradable, write } = state.rw;
  await upgradable.acquireAsync();
  const seen = look(state);
  await upgradable.upgradeAsync();
  check(look(state) === seen, "somebody wrote before the upgrade");
  change(state);
  write.release();
  upgradable.release();
}

export const readAndWriteTask = tasks(awaiting("read"), awaiting("write"));
export const writeAndTimedWriteTask = tasks(
  awaiting("write"),
  awaiting("write", SOON),
);
export const abortedAndReadTask = tasks(abortedTask, awaiting("read"));
export const timedWriteTask = tasks(awaiting("write", SOON));
export const oneUpgradeTask = tasks(upgradeTask);

/** Aborts the wait of a task, and blocks at once: if the last attempt has succeeded that is taken back. */
function takingBack(side: "read" | "write") {
  return async (state: State) => {
    const { rw } = state;
    const controller = new AbortController(), reason = new Error("aborted");
    const { signal } = controller;
    const task = rw[side].acquireAsync({ signal }).then(() => {
      use(state, side);
      rw[side].release();
    }, (error) => check(error === reason, `${error}`));
    await turn();
    controller.abort(reason);
    write(state);
    await task;
  };
}

export const takeBackWrite = takingBack("write");
export const takeBackRead = takingBack("read");

/** Like these, for an upgrade. */
export async function takeBackUpgrade(state: State): Promise<void> {
  const { upgradable, write } = state.rw;
  acquire(state, "upgradable");
  const controller = new AbortController(), reason = new Error("aborted");
  const { signal } = controller;
  const task = upgradable.upgradeAsync({ signal }).then(() => {
    change(state);
    write.release();
  }, (error) => check(error === reason, `${error}`));
  await turn();
  controller.abort(reason);
  sleep(1);
  await task;
  check(state.rw.readers > 0, "the upgradable hold is lost");
  upgradable.release();
}

/** A task waits to write while its thread blocks: it must not hold back its own thread. */
function blockingBesideTask(side: Side) {
  return async (state: State) => {
    const { rw } = state;
    let blocked = false;
    const task = rw.write.acquireAsync().then(() => {
      check(!blocked, "the task runs in a blocked thread");
      change(state);
      rw.write.release();
    });
    await turn();
    blocked = true;
    acquire(state, side);
    use(state, side);
    rw[side].release();
    blocked = false;
    await task;
  };
}

export const readBesideTask = blockingBesideTask("read");
export const writeBesideTask = blockingBesideTask("write");
