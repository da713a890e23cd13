/**
 * Codecs: how the items of a queue, a deque or a channel become bytes and come back.
 *
 * Nothing but bytes is shared between threads. A codec stands in the record by its
 * name, which says all about it: every thread that opens the record uses the same.
 *
 * @module
 */

import {
  AnyCodec,
  BARE,
  BoolCodec,
  BytesCodec,
  type Codec,
  type Fields,
  type Fixed,
  Float64Codec,
  Int32Codec,
  StructCodec,
  TypedCodec,
} from "./_codecs.ts";
import { show } from "./_validate.ts";

export type { Codec };

/** A codec whose items all take the same number of bytes. */
export type FixedCodec<T> = Codec<T> & { readonly byteLength: number };

/** The fields of a struct, each with its codec. */
export type StructFields = { readonly [name: string]: FixedCodec<unknown> };

/** What a struct with these fields holds. */
export type StructOf<F extends StructFields> = {
  -readonly [K in keyof F]: F[K] extends Codec<infer T> ? T : never;
};

/** The codecs that there are. */
export interface Codecs {
  /** Integers from -2147483648 to 2147483647; others are refused with a RangeError. -0 becomes 0. */
  readonly int32: FixedCodec<number>;
  /** Numbers. */
  readonly float64: FixedCodec<number>;
  /** Bigints of any size. */
  readonly bigint: Codec<bigint>;
  /** Booleans. */
  readonly bool: FixedCodec<boolean>;
  /** Strings, also with halves of characters. */
  readonly string: Codec<string>;
  /** Copies of Uint8Arrays. */
  readonly bytes: Codec<Uint8Array>;
  /**
   * All that structured clone carries and can be bytes: undefined, null, booleans,
   * numbers, bigints, strings, arrays, plain objects, maps, sets, dates, regular
   * expressions, buffers and their views, errors with class, code, cause and stack. An
   * object that stands in a value twice arrives as one, so cycles are fine. Shared
   * objects, such as a Lock, arrive opened, if the thread has met them before, as an
   * argument or in a message, and still has them; so do a SharedArrayBuffer and its
   * views, once a pool has passed them to threads. Tasks arrive where their module is
   * loaded. What cannot be copied, such as another function or an instance of a class,
   * is refused with a TypeError that says where it stands.
   */
  readonly any: Codec<unknown>;
  /**
   * Objects of these fields, which have a fixed size each; what else an object has
   * stays behind. A missing or wrong field is refused with an error that names it.
   */
  struct<const F extends StructFields>(fields: F): FixedCodec<StructOf<F>>;
}

const DEEPEST = 16;

/**
 * The codecs of the items of a queue, a deque, a channel and the like.
 *
 * Take the one that fits the items: all but `any` refuse others, and those of a fixed
 * size are faster and smaller.
 *
 * @example Usage
 * ```ts
 * import { codecs } from "@interlock/threading";
 *
 * const point = codecs.struct({ x: codecs.float64, y: codecs.float64 });
 * console.log(point.name, point.byteLength); // struct{x:float64,y:float64} 16
 * ```
 */
export const codecs: Codecs = Object.freeze<Codecs>({
  int32: new Int32Codec("int32", 4),
  float64: new Float64Codec("float64", 8),
  bigint: new TypedCodec<bigint>("bigint", (item) => typeof item === "bigint"),
  bool: new BoolCodec("bool", 1),
  string: new TypedCodec<string>("string", (item) => typeof item === "string"),
  bytes: new BytesCodec("bytes"),
  any: new AnyCodec("any"),
  struct: (fields) => structOf(fields) as never,
});

function structOf(fields: StructFields): StructCodec {
  const action = "create struct codec";
  if (typeof fields !== "object" || fields === null) {
    throw new TypeError(
      `Cannot ${action}: 'fields' must be an object, received ${show(fields)}`,
    );
  }
  const entries = Object.entries(fields).map(([key, value]) => {
    const codec = codecOption(action, value, `fields.${key}`);
    if (codec.byteLength !== undefined) return [key, codec as Fixed] as const;
    throw new TypeError(
      `Cannot ${action}: 'fields.${key}' must be a codec of a fixed size, received ${codec.name}`,
    );
  });
  return checkedStruct(action, entries);
}

function checkedStruct(action: string, fields: Fields): StructCodec {
  const keys = new Set(fields.map(([key]) => key));
  // A field of that name would change what the object is.
  if (keys.has("__proto__") || keys.size === 0 || keys.size < fields.length) {
    throw new TypeError(
      `Cannot ${action}: 'fields' must have a field, each once, and none of the name "__proto__"`,
    );
  }
  const struct = new StructCodec(fields);
  if (struct.depth <= DEEPEST) return struct;
  throw new RangeError(
    `Cannot ${action}: structs must be nested ${DEEPEST} deep at most, received ${struct.depth}`,
  );
}

/** The codec of a name. */
export function codecNamed(name: string): Codec<unknown> {
  if (name !== "struct" && Object.hasOwn(codecs, name)) {
    return codecs[name as Exclude<keyof Codecs, "struct">] as Codec<unknown>;
  }
  try {
    const codec = new NameReader(name).struct(1);
    if (codec?.name === name) return codec as Codec<unknown>;
  } catch {
    // A key that is no text.
  }
  throw new TypeError(
    `Cannot find a codec: 'name' must be the name of one, received ${
      show(name)
    }`,
  );
}

/** The option, if it is a codec; `any` if it is left out. */
export function codecOption(
  action: string,
  codec: unknown,
  argument = "codec",
): Codec<unknown> {
  if (codec === undefined && argument === "codec") return codecs.any;
  const { name, encode } = Object(codec) as Partial<Codec<unknown>>;
  if (typeof name === "string" && typeof encode === "function") {
    // It may be of another copy of the library.
    return codecNamed(name);
  }
  throw new TypeError(
    `Cannot ${action}: '${argument}' must be one of codecs, received ${
      show(codec)
    }`,
  );
}

/** Reads the name of a struct; finds nothing where it is none. */
class NameReader {
  readonly #name: string;
  #at = 0;

  constructor(name: string) {
    this.#name = name;
  }

  struct(depth: number): StructCodec | undefined {
    const fields: [key: string, codec: Fixed][] = [];
    if (depth > DEEPEST || !this.#next(/struct{/y)) return undefined;
    do {
      const key = this.#next(/[A-Za-z_$][\w$]*(?=:)|"(?:[^"\\]|\\.)*"(?=:)/y);
      const scalar = this.#next(/:(?:int32|float64|bool)|:/y)?.slice(1);
      const codec = scalar ? codecNamed(scalar) : this.struct(depth + 1);
      if (key === undefined || codec === undefined) return undefined;
      fields.push([BARE.test(key) ? key : JSON.parse(key), codec as Fixed]);
    } while (this.#next(/,/y));
    return this.#next(/}/y) ? checkedStruct("find a codec", fields) : undefined;
  }

  #next(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#name) ?? [];
    this.#at += found?.length ?? 0;
    return found;
  }
}
