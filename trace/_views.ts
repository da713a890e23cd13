/**
 * Views that record: of a lock, of the sides of an RWLock, of a condition and its lock.
 *
 * A view that records is made beside the one that is given, and that one stays as it is:
 * who uses it pays nothing, and nothing has to be put back. Engines compile methods for
 * the shape that the objects of a class have. So a view that records is of a shape of its
 * own, and a plain view, its twin, does what it does: then the methods of the class never
 * meet another shape where it matters.
 *
 * @module
 */

import { FAIR as FAIR_LOCK } from "../primitives/_lock_state.ts";
import { bytesOf } from "../primitives/_mutex.ts";
import {
  attachment,
  openRecord,
  recordFlags,
  type Words,
} from "../primitives/_record.ts";
import {
  ReadSide,
  UpgradableSide,
  WriteSide,
} from "../primitives/_rw_holds.ts";
import {
  RWLockRead,
  RWLockUpgradable,
  RWLockWrite,
} from "../primitives/_rw_sides.ts";
import { FAIR as FAIR_SEMAPHORE } from "../primitives/_semaphore_state.ts";
import { show } from "../primitives/_validate.ts";
import { attach } from "../primitives/attach.ts";
import { Condition } from "../primitives/condition.ts";
import { Lock } from "../primitives/lock.ts";
import { RLock } from "../primitives/rlock.ts";
import { RWLock } from "../primitives/rw_lock.ts";
import { BoundedSemaphore, Semaphore } from "../primitives/semaphore.ts";
import { enterLock } from "./_layout.ts";
import { acquiring, Probe, type View, waiting } from "./_probe.ts";
import { claimRing } from "./_ring.ts";
import { downgrading, upgrading } from "./_rw_probe.ts";

/** What can be traced. */
export type Traceable =
  | Lock
  | RLock
  | Semaphore
  | RWLock
  | Condition<Lock>
  | Condition<RLock>;

// deno-lint-ignore no-explicit-any
type Class<T> = new (...args: any[]) => T;

/** By class, what gives its views that record their shape. */
const shapes = new Map<Class<object>, Class<object>>();

/** A view that records; in the trace its lock has this name. */
export function tracedView(
  trace: Words,
  lock: Traceable,
  name: string,
): Traceable {
  refuseOthers(lock);
  switch (lock.kind) {
    case "Condition":
      return tracedCondition(trace, lock, name);
    case "RWLock":
      return tracedRWLock(trace, lock, name);
    default:
      return tracedLock(trace, lock, name).view;
  }
}

/** A view of a lock that records, and what it records by. */
function tracedLock<L extends Lock | RLock | Semaphore>(
  trace: Words,
  lock: L,
  name: string,
): { view: L; probe: Probe } {
  const semaphore = lock.kind.endsWith("Semaphore");
  const bytes = semaphore ? () => Semaphore.byteLength : bytesOf;
  const words = openRecord([lock.kind], lock, bytes);
  const fair = recordFlags(words) & (semaphore ? FAIR_SEMAPHORE : FAIR_LOCK);
  const label = name || ("name" in lock ? lock.name : "");
  const ring = claimRing(trace);
  const probe = new Probe(ring, enterLock(trace, lock.kind, words, label));
  const view = shaped(CLASSES[lock.kind]!, attachment(words)) as L;
  const twin = attach(lock) as View;
  const methods = acquiring(view, twin, probe, !fair, freedom(attach(lock)));
  return { view: override(view, methods), probe };
}

/** How it is seen whether a lock, or so many permits, can be had at once. */
function freedom(
  lock: Lock | RLock | Semaphore,
): (demand: number) => boolean {
  if ("value" in lock) return (demand) => lock.value >= demand;
  return "isOwned" in lock
    ? () => !lock.locked || lock.isOwned
    : () => !lock.locked;
}

const CLASSES: Record<string, Class<Lock | RLock | Semaphore>> = {
  Lock,
  RLock,
  Semaphore,
  BoundedSemaphore,
};

function tracedCondition(
  trace: Words,
  condition: Condition<Lock> | Condition<RLock>,
  name: string,
): Condition<Lock> {
  const { view, probe } = tracedLock<Lock | RLock>(trace, condition.lock, name);
  const bytes = () => Condition.byteLength;
  const words = openRecord(["Condition"], condition, bytes);
  const traced = shaped(Condition<Lock>, view, attachment(words));
  return override(traced, waiting(attach(condition) as Condition<Lock>, probe));
}

/** A view of an RWLock with sides that record. */
function tracedRWLock(trace: Words, lock: RWLock, name: string): RWLock {
  const bytes = () => RWLock.byteLength;
  const words = openRecord(["RWLock"], lock, bytes), twin = attach(lock);
  const ring = claimRing(trace), called = name || lock.name || "RWLock";
  const probe = (side: "Read" | "Write" | "Upgradable") => {
    const label = `${called} (${side.toLowerCase()})`;
    return new Probe(ring, enterLock(trace, `RWLock${side}`, words, label));
  };
  const reads = probe("Read"), writes = probe("Write");
  const upgrades = probe("Upgradable");
  const read = shaped(RWLockRead, new ReadSide(words, 1));
  const write = shaped(RWLockWrite, new WriteSide(words, 2), read);
  const side = new UpgradableSide(words, 3);
  const upgradable = shaped(RWLockUpgradable, side, write);
  const notWritten = () => !twin.write.locked;
  override(read, acquiring(read, twin.read, reads, false, notWritten));
  override(write, {
    ...acquiring(write, twin.write, writes, false, () => !twin.locked),
    ...downgrading(write, writes, reads),
  });
  override(upgradable, {
    ...acquiring(
      upgradable,
      twin.upgradable,
      upgrades,
      false,
      () => notWritten() && !twin.upgradable.locked,
    ),
    ...upgrading(upgradable, upgrades, writes, () => twin.readers <= 1),
  });
  const view = shaped(RWLock, attachment(words));
  return override(view, { read, write, upgradable });
}

/** Makes an object of a class, but of another shape than `new` does. */
function shaped<T extends object>(of: Class<T>, ...args: unknown[]): T {
  let shape = shapes.get(of) as Class<T> | undefined;
  if (shape === undefined) {
    shape = class extends (of as Class<object>) {} as Class<T>;
    shapes.set(of, shape);
  }
  return new shape(...args);
}

/** Gives a view properties of its own, which are not enumerable: those are the handle. */
function override<V extends object>(view: V, properties: object): V {
  for (const [name, value] of Object.entries(properties)) {
    Object.defineProperty(view, name, { value });
  }
  return view;
}

function refuseOthers(lock: Traceable): void {
  const { kind, acquire, read } = Object(lock);
  const acquires = kind === "RWLock" ? read?.acquire : acquire;
  if (
    /^(R?Lock|(Bounded)?Semaphore|RWLock|Condition)$/.test(kind) &&
    typeof acquires === "function"
  ) return;
  throw new TypeError(
    `Cannot trace: 'lock' must be a Lock, RLock, Semaphore, RWLock or Condition, and no handle, received ${
      show(lock)
    }`,
  );
}
