import { AtomicInt32 } from "@interlock/threading";
import { assertEquals } from "@std/assert";
import {
  bump,
  type Face,
  QUIET,
  reached,
  rest,
  type Stage,
} from "../support/stage.ts";
import { perform, type Step } from "./queue_bodies.ts";

/** A party that makes calls, one after the other, while the test looks at it. */
export class Peer {
  /** How each call ended: what it returned, or the name of what it threw. */
  readonly outcomes: Promise<unknown[]>;
  readonly #go = new AtomicInt32();
  readonly #begun = new AtomicInt32();
  readonly #ended = new AtomicInt32();
  #passed = 0;

  /** Starts the party; it does nothing yet. */
  constructor(stage: Stage, face: Face, steps: readonly Step[]) {
    this.outcomes = stage.party(
      face,
      perform,
      [...steps],
      this.#go,
      this.#begun,
      this.#ended,
    );
    this.outcomes.catch(() => {}); // reported where it is awaited
  }

  /** Lets it make its next call. */
  async begins(): Promise<void> {
    bump(this.#go);
    await reached(this.#begun, this.#go.load());
  }

  /** Lets it make its next call, which waits. */
  async blocks(): Promise<void> {
    await this.begins();
    await this.stays();
  }

  /** Its call still waits. */
  async stays(): Promise<void> {
    await rest("async", QUIET / 2);
    assertEquals(this.#ended.load(), this.#passed, "the call did not wait");
  }

  /** Its call comes to an end. */
  async passes(): Promise<void> {
    await reached(this.#ended, ++this.#passed);
  }
}

/** Each makes its next call. */
export async function allBegin(peers: readonly Peer[]): Promise<void> {
  await Promise.all(peers.map((peer) => peer.begins()));
}

/** Each makes its next call, which waits. */
export async function allBlock(peers: readonly Peer[]): Promise<void> {
  await Promise.all(peers.map((peer) => peer.blocks()));
}

/** The call of each comes to an end. */
export async function allPass(peers: readonly Peer[]): Promise<void> {
  await Promise.all(peers.map((peer) => peer.passes()));
}
