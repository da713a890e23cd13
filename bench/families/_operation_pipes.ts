/**
 * A number or an object that is put in and taken out, whatever it goes through.
 *
 * @module
 */

import { type Codec, codecs } from "../../mod.ts";
import * as peer from "../support/peer.ts";
import type { Make, Operation } from "./_operation.ts";

/** What everything here has in common, however it is called there. */
export interface Pipe<T> {
  put(item: T): void;
  get(): T;
}

/** An object as programs send them. */
export interface Order {
  readonly id: number;
  readonly drink: string;
}
/** One of them. */
export const ORDER: Order = { id: 7, drink: "tea" };

/** A number in and out. */
export function numbers(open: () => Pipe<number>): Make {
  return () => {
    const pipe = open();
    return () => {
      pipe.put(7);
      return pipe.get();
    };
  };
}

/** An object in and out. */
function orders(open: () => Pipe<Order>): Make {
  return () => {
    const pipe = open();
    return () => {
      pipe.put(ORDER);
      return pipe.get().id;
    };
  };
}

/** A number in and out, and an object. */
export function both(
  open: <T>(codec: Codec<T> | undefined) => Pipe<T>,
  theirs: (<T>() => Pipe<T>) | undefined = undefined,
): Record<string, Operation> {
  return {
    "put + get, int32": {
      gives: 7,
      by: {
        ours: numbers(() => open(codecs.int32)),
        ...(theirs && { multithreading: numbers(theirs) }),
        floor: (own) => own.moves(7),
      },
    },
    "put + get, object": {
      gives: ORDER.id,
      by: {
        ours: orders(() => open<Order>(undefined)),
        ...(theirs && { multithreading: orders(theirs) }),
      },
    },
  };
}

/** The option of a codec, if there is one. */
export function optionsOf<T>(
  codec: Codec<T> | undefined,
): { codec?: Codec<T> } {
  return codec === undefined ? {} : { codec };
}

/** The channel of the peer. */
export function peerPipe<T>(): Pipe<T> {
  const [sender, receiver] = peer.channel<T>(32);
  return {
    put: (item) => void sender.blockingSend(item),
    get() {
      const result = receiver.blockingRecv();
      if (!result.ok) throw result.error;
      return result.value;
    },
  };
}
