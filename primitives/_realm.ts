/**
 * What one realm (the global scope of one thread) keeps for the library.
 *
 * Shared state lives in records; this is the rest, and it lives in one object
 * under a well-known symbol: two copies of the library in one thread are one
 * thread. Everything here is touched by its own thread only.
 *
 * @module
 */

/** Something that waits without blocking, and is looked at once per slice. */
export interface Sleeper {
  /** Retries, and looks whether the thread is asked to stop. */
  tick(): void;
  /** The realm is about to sleep, perhaps not for the first time before it goes on. */
  beforeBlock?(): void;
  /** The realm goes on after one or more sleeps. */
  afterBlock?(): void;
}

/** The state of one realm. */
export interface Realm {
  /** The id of this thread, 0 until somebody asks. */
  threadId: number;
  /** The next record id, and the realm's random upper half of it. */
  nextRecord: number;
  readonly recordSalt: number;
  /** Whether `Atomics.wait` is allowed here; undefined until tried. */
  canBlock: boolean | undefined;
  /** The longest sleep, in milliseconds, before a wait retries and looks around. */
  slice: number;
  /** How many threads run at once, as far as it is known; undefined until asked. */
  cores: number | undefined;
  /** How long a worker may take, in milliseconds, to come to life. */
  lifeSign: number;
  /** Looks per spin, instead of the policy's own; for the tester. */
  looks: number | undefined;
  /** Slots per wait queue, if fewer than it has; the same in all threads; for the tester. */
  slots: number | undefined;
  /** The threads that this one knows of, once there are any; see `_roster.ts`. */
  roster: Int32Array<SharedArrayBuffer> | undefined;
  /** Where the supervisor hears of the threads that this one starts, where they have lifelines. */
  supervisor:
    | { postMessage(message: unknown, transfer: MessagePort[]): void }
    | undefined;
  /** True while the bootstrap imports the module of a task. */
  loading: boolean;
  /** The word that asks this thread to stop, where it is one of ours. */
  stop: Int32Array<SharedArrayBuffer> | undefined;
  /** The token of the scope that this thread is one of: every wait has it. */
  scope: { readonly isCancelled: boolean } | undefined;
  /** Whether the blocking wait under way has slept. */
  slept: boolean;
  /** Waits that are being awaited, and what they keep alive. */
  readonly sleepers: Set<Sleeper>;
  awaiting: number;
  timer: ReturnType<typeof setInterval> | undefined;
  /** The awaits under way, by the memory and the place of their word. */
  // deno-lint-ignore no-explicit-any
  awaits: WeakMap<SharedArrayBuffer, Map<number, any>>;
  /** Queues of async waiters, by record id; also by the side of the record at which they wait. */
  // deno-lint-ignore no-explicit-any
  readonly queues: Map<number | string, any>;
  /** The epoch at which an async task of this realm took a Lock, by record id. */
  readonly asyncHolds: Map<number, number>;
  /** Locks of dead threads that a wait of this thread got back, by record id; they are to be recovered still. */
  readonly unmended: Set<number>;
  /** The memory of the records that were met here, by their key; see `_record.ts`. */
  readonly records: Map<number, WeakRef<SharedArrayBuffer>>;
  /** The keys of buffers that bytes can name as such, not only by a record in them. */
  buffers: WeakMap<SharedArrayBuffer, number>;
  /** What must stay because of a buffer: other views of the memory, that `records` knows. */
  anchors: WeakMap<SharedArrayBuffer, Set<SharedArrayBuffer>>;
  /** So many records are met before those that are gone are forgotten. */
  recordsLimit: number;
  /** Tasks of the modules loaded here, by their key. */
  // deno-lint-ignore no-explicit-any
  readonly tasks: Map<string, any>;
  /** Those among them that the worker's entry brought, also by their given name alone. */
  // deno-lint-ignore no-explicit-any
  readonly brought: Map<string, any>;
  /** The running thread as the library knows it, and those that it started. */
  // deno-lint-ignore no-explicit-any
  current: any;
  // deno-lint-ignore no-explicit-any
  readonly threads: Set<any>;
  /** The handle of the pool that this thread is of. */
  pool: { readonly buffer: SharedArrayBuffer } | undefined;
  /** What this realm has submitted to pools, by their record's key. */
  // deno-lint-ignore no-explicit-any
  readonly clients: Map<number, WeakRef<any>>;
}

/** A realm as it is when the library is loaded. */
function createRealm(): Realm {
  const random = crypto.getRandomValues(new Uint32Array(2));
  return {
    threadId: 0,
    nextRecord: random[0]!,
    recordSalt: random[1]! & 0x1fffff,
    canBlock: undefined,
    cores: undefined,
    slice: 1000,
    // Ten workers that start at once on a busy machine take more than ten seconds.
    lifeSign: 30_000,
    looks: undefined,
    slots: undefined,
    roster: undefined,
    supervisor: undefined,
    loading: false,
    stop: undefined,
    scope: undefined,
    slept: false,
    sleepers: new Set(),
    awaiting: 0,
    timer: undefined,
    awaits: new WeakMap(),
    queues: new Map(),
    asyncHolds: new Map(),
    unmended: new Set(),
    records: new Map(),
    buffers: new WeakMap(),
    anchors: new WeakMap(),
    recordsLimit: 1024,
    tasks: new Map(),
    brought: new Map(),
    current: undefined,
    threads: new Set(),
    pool: undefined,
    clients: new Map(),
  };
}

const KEY = Symbol.for("@interlock/threading/1");
const scope = globalThis as unknown as { [KEY]?: Realm };

/** The state of this realm. */
export const realm: Realm = scope[KEY] ??= createRealm();

/** Puts the realm back to how it was loaded; for tests and the tester. */
export function resetRealm(): void {
  clearInterval(realm.timer);
  for (const [name, value] of Object.entries(createRealm())) {
    const old = realm[name as keyof Realm];
    if (old instanceof Map || old instanceof Set) old.clear();
    else Object.assign(realm, { [name]: value });
  }
}
