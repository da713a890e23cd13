/**
 * How the threads of a pool, and those who submit to it, come to know the memory that
 * arguments and results name (`_introductions.ts`).
 *
 * The maker of a pool has a line to each of its threads, a port. What it hears on one
 * it passes on by the others. Any other thread that submits is a guest: it tells the
 * pool's threads by a BroadcastChannel, and what they did not hear they ask for.
 *
 * *Progress* · A port is read without an event loop, where the runtime can; so a maker
 * that blocks hears its threads, when it looks. A guest answers while what it has
 * submitted is not over and it does not block.
 *
 * @module
 */

import { metBuffer, recordKey, type Words } from "../primitives/_record.ts";
import type { CrewState } from "./_crew_state.ts";
import {
  Acquaintances,
  Introducer,
  type Introduction,
  type Message,
} from "./_introductions.ts";
import { canReceive, receive } from "./_runtime.ts";

/** Asks for the memory of a key. */
interface Question {
  readonly want: number;
}

/** One end of a line. */
export class Line {
  readonly #port: MessagePort;
  readonly #introducer: Introducer;
  readonly #post: (message: Message) => void;
  readonly #met: Acquaintances;
  readonly #pass: (told: Introduction) => void;

  /** `pass` is told what comes; `posted` is called after what goes. */
  constructor(
    port: MessagePort,
    introducer: Introducer,
    pass: (told: Introduction) => void,
    posted: () => void,
  ) {
    this.#port = port;
    this.#introducer = introducer;
    this.#pass = pass;
    this.#post = (message) => {
      port.postMessage(message);
      posted();
    };
    this.#met = introducer.join(this.#post);
    if (!canReceive()) port.onmessage = ({ data }) => this.#take(data);
  }

  /** Hears what has come. */
  hear(): void {
    if (!canReceive()) return;
    for (;;) {
      const message = receive(this.#port);
      if (message === undefined) return;
      this.#take(message as Message | Question);
    }
  }

  /** Asks for the memory of a key, which the other end may have met by other ways. */
  ask(key: number): void {
    this.#port.postMessage({ want: key } satisfies Question);
  }

  /** Ends it. */
  close(): void {
    this.#introducer.leave(this.#post);
    this.#port.close();
  }

  #take(message: Message | Question): void {
    if ("want" in message) return this.#answer(message.want);
    const told = this.#met.take(message);
    if (told !== undefined) this.#pass(told);
  }

  #answer(key: number): void {
    const buffer = metBuffer(key);
    if (buffer === undefined) return;
    this.#introducer.introduce(key, buffer);
    this.#pass({ key, buffer });
  }
}

/** What a thread of a pool hears of guests. */
export class GuestBook {
  readonly #channel: BroadcastChannel;
  readonly #met = new Acquaintances();

  constructor(words: Words, crew: CrewState) {
    this.#channel = channelOf(words);
    this.#channel.onmessage = ({ data }: MessageEvent<Message | Question>) => {
      if ("want" in data) return;
      this.#met.take(data);
      crew.tellMet();
    };
  }

  /** Asks for the memory of a key. */
  ask(key: number): void {
    this.#channel.postMessage({ want: key } satisfies Question);
  }

  /** Hears nothing more. */
  close(): void {
    this.#channel.close();
  }
}

/** A thread that submits to a pool, and neither made it nor is of it. */
export class Guest {
  readonly introducer = new Introducer();
  readonly #words: Words;
  #channel: BroadcastChannel | undefined;

  constructor(words: Words) {
    this.#words = words;
    this.introducer.join((message) => this.#open().postMessage(message));
  }

  /** Answers from now on: threads that start later ask for what others were told. */
  attend(): void {
    this.#open();
  }

  /** All that was submitted is over. */
  rest(): void {
    this.#channel?.close();
    this.#channel = undefined;
  }

  #open(): BroadcastChannel {
    if (this.#channel !== undefined) return this.#channel;
    const channel = this.#channel = channelOf(this.#words);
    channel.onmessage = ({ data }: MessageEvent<Message | Question>) => {
      if (!("want" in data)) return;
      const key = data.want, buffer = this.introducer.introduced(key);
      if (buffer !== undefined) channel.postMessage({ key, buffer });
    };
    return channel;
  }
}

function channelOf(words: Words): BroadcastChannel {
  return new BroadcastChannel(`interlock-pool-${recordKey(words)}`);
}
