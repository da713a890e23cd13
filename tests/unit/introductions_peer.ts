/** A realm that sends back what it gets as bytes, or something new; for `introductions_test.ts`. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { decode, encodeAny, MissingError } from "../../primitives/_bytes.ts";
import { Packet } from "../../primitives/_packet.ts";
import {
  type Acquaintances,
  Introducer,
  type Message,
} from "../../workers/_introductions.ts";

setFlagsFromString("--expose-gc");

/** Collects what nothing in this realm uses. */
export const collect = runInNewContext("gc") as () => void;

/** What goes by a line: messages, values, and what was read. */
export type Parcel =
  | { readonly message: Message }
  | { readonly value: Uint8Array; readonly id: number }
  | { readonly read: number };

/** One end of a line between two realms. */
export class Line {
  readonly introducer: Introducer = new Introducer();
  readonly met: Acquaintances;
  /** Values that name what was not met yet. */
  early = 0;
  readonly #send: (parcel: Parcel) => void;
  readonly #onValue: (value: unknown) => void;
  readonly #kept = new Map<number, unknown>();
  #unread: (Parcel & { id: number })[] = [];
  #next = 0;

  constructor(
    send: (parcel: Parcel) => void,
    onValue: (value: unknown) => void,
  ) {
    this.#send = send;
    this.#onValue = onValue;
    this.met = this.introducer.join((message) => send({ message }));
  }

  /** Sends a value, and keeps it until it is read. */
  send(value: unknown): void {
    const packet = new Packet(), id = this.#next++;
    encodeAny(value, packet, (key, buffer) => {
      this.introducer.introduce(key, buffer);
    });
    this.#kept.set(id, value);
    this.#send({ value: packet.bytes.slice(0, packet.length), id });
  }

  /** Takes what has arrived. */
  take(parcel: Parcel): void {
    if ("read" in parcel) this.#kept.delete(parcel.read);
    else if ("message" in parcel) {
      this.met.take(parcel.message);
      const unread = this.#unread;
      this.#unread = [];
      for (const parcel of unread) this.#read(parcel);
    } else if ("value" in parcel) this.#read(parcel);
  }

  #read(parcel: Parcel & { id: number }): void {
    let value: unknown;
    try {
      value = decode((parcel as { value: Uint8Array }).value);
    } catch (error) {
      if (!(error instanceof MissingError)) throw error;
      this.early++;
      this.#unread.push(parcel);
      return;
    }
    this.#onValue(value);
    this.#send({ read: parcel.id });
  }
}

// Sends back what comes; for a number, so many bytes of shared memory, and for nothing none.
if (globalThis.constructor.name === "DedicatedWorkerGlobalScope") {
  const scope = globalThis as unknown as {
    postMessage(parcel: Parcel): void;
    onmessage: (event: MessageEvent<Parcel>) => void;
  };
  const line = new Line(
    (parcel) => scope.postMessage(parcel),
    (value) => {
      if (value === undefined) collect();
      else if (typeof value !== "number") line.send(value);
      else {
        const bytes = new Uint8Array(new SharedArrayBuffer(value));
        line.send({ bytes, round: 0 });
      }
    },
  );
  scope.onmessage = ({ data }) => line.take(data);
}
