/**
 * SharedLocal: a value of each thread, which all threads can read.
 *
 * Words, states, invariants and progress are those of `_local_state.ts`; this file is
 * the face of it. The values are bytes: see `codec.ts`.
 *
 * *Source* · a thread-local whose values others can enumerate, as the owner of a
 * `folly::ThreadLocalPtr` or Rust's `thread_local::ThreadLocal` can. Python has none.
 *
 * @module
 */

import { codecBytes, readCodec, writeCodec } from "./_codec_name.ts";
import {
  bytesFor,
  bytesOf,
  CODEC,
  fillRoom,
  LocalState,
  type Room,
} from "./_local_state.ts";
import { borrowPacket, type Packet, returnPacket } from "./_packet.ts";
import {
  attachedWords,
  attachment,
  createRecord,
  type Handle,
  type Memory,
  openRecord,
  SharedObject,
  type Words,
} from "./_record.ts";
import { integer, optionBag } from "./_validate.ts";
import { type Codec, codecOption, codecs } from "./codec.ts";
import { SyncStateError } from "./errors.ts";

/** What a {@linkcode SharedLocal} can be made with. */
export interface SharedLocalOptions<T = unknown> {
  /** How many threads can have a value at once, from 1 to 4096; 64 if left out. */
  threads?: number;
  /** How values become bytes; `codecs.any` if left out. */
  codec?: Codec<T>;
  /** The bytes that a value may take, from 1 to 65536; what the codec says, or 240, if left out. */
  capacity?: number;
  /** Where to make it; in memory of its own if left out. */
  memory?: Memory;
}

const DEFAULT_THREADS = 64, DEFAULT_CAPACITY = 240;
const MAX_THREADS = 4096, MAX_CAPACITY = 65_536;

/**
 * A value of each thread, which that thread sets and all threads can read.
 *
 * Use it for what one thread wants to know of the others: how far each has come, what it
 * is at, what it has counted. It holds copies: every read decodes one, so what is changed
 * must be set again. For what no other thread reads, a ThreadLocal is faster and holds
 * anything; for one value that all change use an atomic. All async tasks of one thread
 * share its value.
 *
 * A value outlives its thread, until another thread needs the room: among those that are
 * alive there is room for as many as `threads` says, and that a thread has ended is known
 * shortly after. A worker that is no Thread keeps its room until it calls `delete()`.
 *
 * No method blocks. Memory: what a thread did before `set()` is visible to whoever reads
 * that value.
 *
 * @example Usage
 * ```ts
 * import { codecs, SharedLocal } from "@interlock/threading";
 *
 * const progress = new SharedLocal({ codec: codecs.float64 }); // pass it to the threads
 * progress.set(0.5); // in each of them
 * for (const [id, part] of progress.snapshot()) console.log(id, part);
 * ```
 */
export class SharedLocal<T = unknown> extends SharedObject<"SharedLocal"> {
  /** The bytes that it takes in shared memory, if made without options. */
  static readonly byteLength: number = bytesFor({
    slots: DEFAULT_THREADS,
    capacity: DEFAULT_CAPACITY,
    name: codecBytes(codecs.any),
  });
  readonly #codec: Codec<T>;
  readonly #state: LocalState;

  /** The bytes that one made with these options takes in shared memory. */
  static byteLengthFor<T>(options: SharedLocalOptions<T>): number {
    return bytesFor(shapeOf("size SharedLocal", options));
  }

  /** Makes one in which no thread has a value. */
  constructor(options?: SharedLocalOptions<T>) {
    const words = attachedWords(options) ?? create(options);
    super("SharedLocal", words);
    this.#codec = readCodec(words, CODEC) as Codec<T>;
    this.#state = new LocalState(words);
  }

  /** Opens the one that a handle, or another view, names. */
  static from<T = unknown>(handle: Handle<"SharedLocal">): SharedLocal<T> {
    const words = openRecord(["SharedLocal"], handle, bytesOf);
    return new SharedLocal<T>(attachment(words));
  }

  /** How many threads can have a value at once. */
  get threads(): number {
    return this.#state.slots;
  }

  /** The bytes that a value may take. */
  get capacity(): number {
    return this.#state.capacity;
  }

  /** How many values there are, also of threads that have ended; it may have changed when you read it. */
  get size(): number {
    return this.#state.size;
  }

  /**
   * A copy of the value of this thread.
   *
   * @throws {SyncStateError} if it has none.
   */
  get(): T {
    return withPacket((packet) => {
      if (this.#state.load(packet)) return this.#codec.decode(packet);
      throw new SyncStateError(
        "Cannot get SharedLocal: this thread has set no value",
      );
    });
  }

  /**
   * Makes a copy of `value` the value of this thread, in one step: others read all of it,
   * or all of the one before.
   *
   * @throws {TypeError} if the value cannot be copied.
   * @throws {RangeError} if it takes more bytes than `capacity`.
   * @throws {SyncStateError} if as many other threads have a value as `threads` says, and
   * none of them is known to have ended.
   */
  set(value: T): void {
    const action = "Cannot set SharedLocal";
    withPacket((packet) => {
      this.#codec.encode(value, packet);
      if (packet.length > this.capacity) {
        throw new RangeError(
          `${action}: the value takes ${packet.length} bytes, and its 'capacity' is ${this.capacity}`,
        );
      }
      if (this.#state.store(packet)) return;
      throw new SyncStateError(
        `${action}: ${this.threads} other threads have a value, and its 'threads' is ${this.threads}`,
      );
    });
  }

  /** Takes the value of this thread away, and gives its room to others; false if it has none. */
  delete(): boolean {
    return this.#state.clear();
  }

  /** Whether this thread has a value. */
  has(): boolean {
    return this.#state.isSet;
  }

  /**
   * Copies of the values of all threads, by the id of the thread: see `Thread.id`.
   *
   * Each value is whole; those of different threads need not be of one instant.
   */
  snapshot(): Map<number, T> {
    const values = new Map<number, T>();
    withPacket((packet) => {
      for (const id of this.#state.values(packet)) {
        values.set(id, this.#codec.decode(packet));
      }
    });
    return values;
  }

  /** How many values there are, and how many there can be; a snapshot. */
  override toString(): string {
    return `SharedLocal(${this.size} of ${this.threads})`;
  }
}

function shapeOf<T>(
  action: string,
  options: SharedLocalOptions<T> | undefined,
): Room & { readonly codec: Codec<unknown>; readonly memory?: Memory } {
  const bag = optionBag(action, options);
  const codec = codecOption(action, bag.codec);
  const { threads: slots = DEFAULT_THREADS } = bag;
  const { capacity = codec.byteLength ?? DEFAULT_CAPACITY } = bag;
  integer(action, "threads", slots, 1, MAX_THREADS);
  integer(action, "capacity", capacity, 1, MAX_CAPACITY);
  const { memory } = bag;
  return {
    slots,
    capacity,
    name: codecBytes(codec),
    codec,
    ...memory !== undefined && { memory },
  };
}

function create<T>(options?: SharedLocalOptions<T>): Words {
  const room = shapeOf("create SharedLocal", options);
  const { codec, memory } = room, bytes = bytesFor(room);
  return createRecord("SharedLocal", bytes, memory, 0, (words) => {
    fillRoom(words, room);
    writeCodec(words, CODEC, codec);
  });
}

/** Lends a packet: what the codec calls may want one too. */
function withPacket<R>(use: (packet: Packet) => R): R {
  const packet = borrowPacket();
  try {
    return use(packet);
  } finally {
    returnPacket(packet);
  }
}
