/**
 * Writes values as bytes; what they look like stands in `_bytes.ts`.
 *
 * @module
 */

import { ByteWriter } from "./_byte_writer.ts";
import { isShared, keyAt, openShared, taskOf } from "./_handles.ts";
import type { Packet } from "./_packet.ts";
import { isDOMException, isError } from "./_rebuild.ts";
import {
  bufferKey,
  type Handle,
  isOpen,
  meetBuffer,
  metBuffer,
} from "./_record.ts";
import * as tags from "./_tags.ts";
import { brandOf, DEEPEST } from "./_tags.ts";
import { show } from "./_validate.ts";
import { lengthOf, type SharedView, tracksLength, VIEWS } from "./_views.ts";

/** More objects than these are found by a Map. */
const FEW = 16;
/** Is told the memory that a value names, by its key; several times if it stands there so. */
export type SharedListener = (key: number, buffer: SharedArrayBuffer) => void;

/** Writes one value at a time. */
export class Writer extends ByteWriter {
  /** What is being written, from the outside in, and the place in each; for messages. */
  readonly #around: (object | undefined)[] = [];
  readonly #places: (string | number)[] = [];
  #depth = 0;
  /** The objects that were met; the number of one is its place. */
  readonly #met: (object | undefined)[] = [];
  #count = 0;
  #numbers: Map<object, number> | undefined;
  #onShared: SharedListener | undefined;

  /** Writes a value into a packet. */
  write(value: unknown, into: Packet, onShared?: SharedListener): void {
    this.#onShared = onShared;
    this.begin(into);
    this.#value(value);
    into.length = this.at;
  }

  /** Forgets the value, so that it can be used again, also after an error. */
  clear(): void {
    for (let i = 0; i < this.#count && i <= FEW; i++) this.#met[i] = undefined;
    for (; this.#depth > 0; this.#depth--) {
      this.#around[this.#depth] = undefined;
    }
    this.#numbers = this.#onShared = undefined;
    this.#count = 0;
  }

  #value(value: unknown): void {
    switch (typeof value) {
      case "number":
        return this.#number(value);
      case "string":
        this.byte(tags.STRING);
        return this.text(value);
      case "boolean":
        return this.byte(value ? tags.TRUE : tags.FALSE);
      case "undefined":
        return this.byte(tags.UNDEFINED);
      case "bigint":
        return this.#bigint(value);
      case "object":
        if (value === null) return this.byte(tags.NULL);
        if (!this.#again(value)) this.#object(value);
        return;
      case "function":
        return this.#task(value);
      default:
        this.#refuse(`${show(value)} cannot be copied`);
    }
  }

  #number(value: number): void {
    if ((value | 0) === value && (value !== 0 || 1 / value > 0)) {
      this.byte(tags.INTEGER);
      this.size((value << 1 ^ value >> 31) >>> 0);
    } else {
      this.byte(tags.NUMBER);
      this.float(value);
    }
  }

  #bigint(value: bigint): void {
    if (BigInt.asIntN(64, value) === value) {
      this.byte(tags.SMALL_BIGINT);
      const at = this.take(8);
      this.packet.view.setBigInt64(at, value, true);
    } else {
      this.byte(tags.BIGINT);
      this.byte(value < 0n ? 1 : 0);
      this.text((value < 0n ? -value : value).toString(16));
    }
  }

  /** Whether the object stands earlier in the value; if not, it has a number from now on. */
  #again(value: object): boolean {
    let number: number | undefined;
    if (this.#numbers !== undefined) {
      number = this.#numbers.get(value);
    } else {
      for (let i = 0; i < this.#count; i++) {
        if (this.#met[i] === value) number = i;
      }
    }
    if (number === undefined) {
      this.#meet(value);
      return false;
    }
    this.byte(tags.AGAIN);
    this.size(number);
    return true;
  }

  #meet(value: object): void {
    const number = this.#count++;
    if (number < FEW) {
      this.#met[number] = value;
      return;
    }
    this.#numbers ??= new Map(this.#met.map((met, i) => [met!, i]));
    this.#numbers.set(value, number);
  }

  #object(value: object): void {
    if (Array.isArray(value)) return this.#list(tags.ARRAY, value, value);
    const prototype = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) {
      this.#plain(value as Record<string, unknown>);
    } else {
      this.#other(value);
    }
  }

  #plain(value: Record<string, unknown>): void {
    const keys = Object.keys(value), n = keys.length;
    if (keys.includes("buffer") && isShared(value)) return this.#shared(value);
    this.#enter(tags.OBJECT, value);
    this.size(n);
    for (let i = 0; i < n; i++) {
      const key = keys[i]!;
      this.#places[this.#depth] = key;
      this.text(key);
      this.#value(value[key]);
    }
    this.#leave();
  }

  /** Writes the items, as many as there are now: a getter may add some. */
  #list(tag: number, value: object, items: readonly unknown[]): void {
    const n = items.length;
    this.#enter(tag, value);
    this.size(n);
    // Each takes a byte at least, so what is too long is refused at once.
    this.room(n);
    for (let i = 0; i < n; i++) {
      const item = items[i];
      if (typeof item === "number") this.#number(item);
      else {
        this.#places[this.#depth] = i;
        this.#value(item);
      }
    }
    this.#leave();
  }

  #other(value: object): void {
    if (isOpen(value)) return this.#shared(value);
    const brand = brandOf(value);
    if (ArrayBuffer.isView(value)) return this.#view(value, brand);
    switch (brand) {
      case "Date":
        this.byte(tags.DATE);
        return this.float(Date.prototype.getTime.call(value));
      case "RegExp":
        this.byte(tags.REGEXP);
        this.text((value as RegExp).source);
        return this.text((value as RegExp).flags);
      case "Map":
        return this.#list(
          tags.MAP,
          value,
          [...Map.prototype.entries.call(value)].flat(),
        );
      case "Set":
        return this.#list(
          tags.SET,
          value,
          [...Set.prototype.values.call(value)],
        );
      case "ArrayBuffer":
        this.byte(tags.BUFFER);
        return this.copy(new Uint8Array(value as ArrayBuffer));
      case "SharedArrayBuffer":
        return this.#sharedBuffer(value as SharedArrayBuffer);
    }
    if (isError(value)) this.#error(value);
    else if (isShared(value)) this.#shared(value);
    else this.#refuseObject(value);
  }

  #view(value: ArrayBufferView, brand: string): void {
    const { buffer, byteOffset, byteLength } = value,
      number = VIEWS.indexOf(brand);
    if (number < 0) this.#refuseObject(value);
    if (brandOf(buffer) !== "ArrayBuffer") {
      return this.#sharedView(value as SharedView);
    }
    this.byte(tags.VIEW);
    this.byte(number);
    this.copy(new Uint8Array(buffer, byteOffset, byteLength));
  }

  #sharedBuffer(buffer: SharedArrayBuffer): void {
    // Without a listener, nobody would make it known to the threads that read this.
    const key = bufferKey(buffer, this.#onShared !== undefined);
    if (key === undefined) this.#refuseObject(buffer);
    this.byte(tags.SHARED_BUFFER);
    this.float(key);
    this.#onShared?.(key, metBuffer(key)!);
  }

  #sharedView(view: SharedView): void {
    const { buffer, byteOffset } = view;
    if (
      this.#onShared === undefined && bufferKey(buffer, false) === undefined
    ) {
      this.#refuse(`${show(view)} of shared memory cannot be copied`);
    }
    this.byte(tags.SHARED_VIEW);
    this.byte(VIEWS.indexOf(brandOf(view)));
    this.#value(buffer);
    this.float(byteOffset);
    this.float(tracksLength(view) ? tags.TRACKS : lengthOf(view));
  }

  #task(value: object): void {
    const id = taskOf(value);
    if (id === undefined) this.#refuse(`${show(value)} cannot be copied`);
    if (this.#again(value)) return;
    this.byte(tags.TASK);
    this.text(id.url);
    this.text(id.name);
    this.text(id.hash);
  }

  #error(value: Error): void {
    const { name, message, stack, cause } = value,
      { code, errors } = value as { code?: unknown; errors?: unknown },
      dom = isDOMException(value),
      hasCode = !dom && (typeof code === "string" || typeof code === "number"),
      hasStack = typeof stack === "string",
      hasErrors = Array.isArray(errors);
    this.#enter(tags.ERROR, value);
    this.byte(
      (dom ? tags.DOM : 0) | (hasCode ? tags.CODE : 0) |
        (hasStack ? tags.STACK : 0) |
        (cause !== undefined ? tags.CAUSE : 0) | (hasErrors ? tags.ERRORS : 0),
    );
    this.text(String(name));
    this.text(String(message));
    if (hasCode) this.#value(code);
    if (hasStack) this.text(stack);
    this.#places[this.#depth] = "cause";
    if (cause !== undefined) this.#value(cause);
    this.#places[this.#depth] = "errors";
    if (hasErrors) this.#value(errors);
    this.#leave();
  }

  #shared(value: Handle): void {
    let object: Handle & { readonly lock?: Handle } = value;
    try {
      if (!isOpen(value)) object = openShared(value);
    } catch (cause) {
      this.#refuse(
        `it looks like the handle of a shared ${value.kind}, but cannot be opened`,
        cause,
      );
    }
    const key = keyAt(object);
    this.byte(tags.HANDLE);
    this.text(object.kind);
    this.float(key);
    this.float(object.byteOffset);
    const buffer = metBuffer(key) ?? meetBuffer(key, object.buffer);
    this.#onShared?.(key, buffer);
    // A Condition is opened together with its lock.
    this.#value(object.lock);
  }

  #refuseObject(value: object): never {
    const { notShareable: reason } = value as { notShareable?: unknown };
    this.#refuse(
      typeof reason === "symbol"
        ? `${reason.description} cannot be copied`
        : `${show(value)} cannot be copied`,
    );
  }

  #refuse(problem: string, cause?: unknown): never {
    let path = "value";
    for (let i = 1; i <= this.#depth; i++) {
      path += placeIn(this.#around[i]!, this.#places[i]!);
    }
    throw new TypeError(
      `Cannot encode ${path}: ${problem}`,
      cause === undefined ? undefined : { cause },
    );
  }

  #enter(tag: number, value: object): void {
    if (this.#depth >= DEEPEST) {
      this.#refuse(`it is nested more than ${DEEPEST} deep`);
    }
    this.#around[++this.#depth] = value;
    this.byte(tag);
  }

  #leave(): void {
    this.#around[this.#depth--] = undefined;
  }
}

/** A place in what holds it, as a message shows it. */
function placeIn(holder: object, place: string | number): string {
  if (typeof place === "string") return `.${place}`;
  switch (brandOf(holder)) {
    case "Map":
      return `.${place % 2 === 0 ? "keys" : "values"}()[${place >> 1}]`;
    case "Set":
      return `.values()[${place}]`;
    default:
      return `[${place}]`;
  }
}
