/**
 * How realms come to know the memory that bytes name.
 *
 * Bytes name memory by a key. Before a realm encodes such a name it introduces the memory
 * to its peers, and those keep it, as they cannot know when bytes that name it will come,
 * until they are told to forget it: when nothing uses it in the realm that introduced it.
 * So whoever encodes keeps the memory until the bytes are read.
 *
 * Two peers that keep something for each other would keep it for ever. So what a peer has
 * introduced is not introduced to it in turn, and if both did that at once, neither keeps
 * it. If then a peer forgets what it was relied on to know, it is introduced to it.
 * The links between realms must have no circle, as in a star: what came by one link is
 * introduced to the others.
 *
 * *Invariants* · I1: of the two sides of a link one at most keeps the memory of a key for
 * the sake of the other. I2: what was introduced here and is used here is kept by the
 * peer, or used there, or a message is under way which sees to that.
 *
 * *Source* · reference listing, as in Birrell's network objects, with the collector of
 * each realm in place of reference counts.
 *
 * @module
 */

import { meetBuffer, metBuffer } from "../primitives/_record.ts";

/** Memory, and the key that names it. */
export interface Introduction {
  readonly key: number;
  readonly buffer: SharedArrayBuffer;
}

/** What peers tell each other, in this order also on arrival. */
export type Message = Introduction | { readonly forget: number };

/** Sends a message to a peer. */
export type Post = (message: Message) => void;

/** Introduces memory to the peers of this realm. */
export class Introducer {
  /** What was introduced, whether or not a peer had to be told. */
  readonly #known = new Map<number, WeakRef<SharedArrayBuffer>>();
  readonly #peers = new Map<Post, Acquaintances>();
  readonly #unused = new FinalizationRegistry<
    { key: number; ref: WeakRef<SharedArrayBuffer> }
  >(({ key, ref }) => {
    // It may have been introduced again since, by another view of the memory.
    if (this.#known.get(key) !== ref) return;
    this.#known.delete(key);
    for (const post of this.#peers.keys()) post({ forget: key });
  });

  /** Makes sure that all peers come to know the memory before any bytes that name it from now on. */
  introduce(key: number, buffer: SharedArrayBuffer): void {
    if (this.introduced(key) !== undefined) return;
    const ref = new WeakRef(buffer);
    this.#known.set(key, ref);
    this.#unused.register(buffer, { key, ref });
    for (const [post, met] of this.#peers) {
      if (!met.has(key)) post({ key, buffer });
    }
  }

  /** What was introduced by the key, if it is used here still. */
  introduced(key: number): SharedArrayBuffer | undefined {
    return this.#known.get(key)?.deref();
  }

  /** Adds a peer, which takes what was introduced; what it introduces itself goes to the result. */
  join(post: Post): Acquaintances {
    const met = new Acquaintances(this, post);
    this.#peers.set(post, met);
    for (const key of this.#known.keys()) {
      const buffer = this.introduced(key);
      if (buffer !== undefined) post({ key, buffer });
    }
    return met;
  }

  /** Tells a peer nothing more; what it has introduced is kept as long as its acquaintances are. */
  leave(post: Post): void {
    this.#peers.delete(post);
  }
}

/** What a peer has introduced. */
export class Acquaintances {
  readonly #kept = new Map<number, SharedArrayBuffer>();
  readonly #introducer: Introducer | undefined;
  readonly #post: Post | undefined;

  /** Those from the peer that messages are sent to in this way; from one that is told nothing, if that is left out. */
  constructor(introducer?: Introducer, post?: Post) {
    this.#introducer = introducer;
    this.#post = post;
  }

  /** Takes a message from the peer; memory that it introduces, as this realm knows it, for other peers. */
  take(message: Message): Introduction | undefined {
    if ("forget" in message) {
      const key = message.forget;
      this.#kept.delete(key);
      const buffer = this.#introducer?.introduced(key);
      if (buffer !== undefined) this.#post!({ key, buffer });
      return undefined;
    }
    const { key } = message;
    meetBuffer(key, message.buffer);
    const buffer = metBuffer(key)!;
    if (this.#introducer?.introduced(key) === undefined) {
      this.#kept.set(key, buffer);
    }
    return { key, buffer };
  }

  /** The memory of a key, if it was met here. */
  find(key: number): SharedArrayBuffer | undefined {
    return metBuffer(key);
  }

  /** Whether the peer has introduced the memory of a key, and it is kept for that. */
  has(key: number): boolean {
    return this.#kept.has(key);
  }
}
