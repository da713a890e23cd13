import { type Codec, codecs, type FixedCodec } from "@interlock/threading";
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  borrowPacket,
  Packet,
  returnPacket,
} from "../../primitives/_packet.ts";
import { codecNamed, codecOption } from "../../primitives/codec.ts";
import { test } from "../support/stage.ts";

function round<T>(codec: Codec<T>, item: T): T {
  const packet = new Packet();
  packet.bytes.fill(0xaa);
  codec.encode(item, packet);
  assertEquals(packet.length, codec.byteLength ?? packet.length);
  // What a structure copies: so many bytes, and nothing behind them.
  const arrived = new Packet();
  arrived.ensure(packet.length);
  arrived.bytes.fill(0x55);
  arrived.bytes.set(packet.bytes.subarray(0, packet.length));
  arrived.length = packet.length;
  return codec.decode(arrived);
}

const point = codecs.struct({ x: codecs.float64, y: codecs.float64 });
const mixed = codecs.struct({
  on: codecs.bool,
  at: point,
  "odd name": codecs.int32,
  off: codecs.bool,
  deep: codecs.struct({ b: codecs.bool }),
});
const MIXED = {
  on: true,
  at: { x: 0.5, y: -0 },
  "odd name": -7,
  off: false,
  deep: { b: true },
};

// deno-lint-ignore no-explicit-any
const ITEMS: [codec: Codec<any>, items: unknown[]][] = [
  [codecs.int32, [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)]],
  [codecs.float64, [0, -0, 0.1, NaN, Infinity, 2 ** 53]],
  [codecs.bool, [true, false]],
  [codecs.bigint, [0n, -1n, 2n ** 63n, -(2n ** 5000n)]],
  [codecs.string, ["", "text", "日本語", "\ud800", "x".repeat(100_000)]],
  [codecs.bytes, [new Uint8Array(), new Uint8Array([1, 2, 3])]],
  [codecs.any, [undefined, null, 1, "x", { a: [1n] }]],
  [point, [{ x: 1, y: NaN }]],
  [mixed, [MIXED]],
];

test("Codecs carry the items of their type", () => {
  for (const [codec, items] of ITEMS) {
    for (const item of items) assertEquals(round(codec, item), item);
  }
  assert(Object.is(round(mixed, MIXED).at.y, -0));
  const view = new Uint8Array([1, 2, 3, 4]).subarray(1, 3);
  const copy = round(codecs.bytes, view);
  assertEquals([copy, copy.buffer.byteLength], [new Uint8Array([2, 3]), 2]);
  const memory = new Uint8Array(new SharedArrayBuffer(2)).fill(9);
  assertEquals(round(codecs.bytes, memory), new Uint8Array([9, 9]));
});

test("Codecs refuse other items, and say which", () => {
  const refused = [
    [
      codecs.int32,
      1.5,
      RangeError,
      "'item' must be an integer from -2147483648 to 2147483647, received 1.5",
    ],
    [codecs.int32, 2 ** 31, RangeError, "received 2147483648"],
    [codecs.int32, "1", TypeError, 'received "1"'],
    [codecs.float64, 1n, TypeError, "'item' must be a number, received 1"],
    [codecs.bool, 1, TypeError, "'item' must be a boolean, received 1"],
    [codecs.bigint, 1, TypeError, "'item' must be a bigint, received 1"],
    [codecs.string, 1, TypeError, "'item' must be a string, received 1"],
    [
      codecs.bytes,
      [1],
      TypeError,
      "'item' must be a Uint8Array, received an array of 1",
    ],
    [codecs.bytes, new Uint16Array(1), TypeError, "an instance of Uint16Array"],
    [codecs.bytes, undefined, TypeError, "received undefined"],
    [
      codecs.bytes,
      { [Symbol.toStringTag]: "Uint8Array" },
      TypeError,
      "received an object",
    ],
    [codecs.any, { f() {} }, TypeError, "Cannot encode value.f: function f"],
    [point, null, TypeError, "'item' must be an object, received null"],
    [
      point,
      { x: 1 },
      TypeError,
      "'item.y' must be a number, received undefined",
    ],
    [
      mixed,
      { ...MIXED, at: 5 },
      TypeError,
      "'item.at' must be an object, received 5",
    ],
    [
      mixed,
      { ...MIXED, at: { x: 1, y: "2" } },
      TypeError,
      "'item.at.y' must be a number",
    ],
    [
      mixed,
      { ...MIXED, "odd name": 0.5 },
      RangeError,
      "'item.odd name' must be an integer",
    ],
  ] as const;
  for (const [codec, item, type, message] of refused) {
    const packet = new Packet();
    const error = assertThrows(
      () => (codec as Codec<unknown>).encode(item, packet),
      type,
      message,
    );
    assert(error.message.startsWith("Cannot encode "), error.message);
    assertEquals(packet.length, 0);
  }
});

test("A struct has the types of its fields", () => {
  const typed: Codec<{ x: number; y: number }> = point;
  const sized: FixedCodec<{ b: boolean }> = codecs.struct({ b: codecs.bool });
  assertEquals([typed.byteLength, sized.byteLength], [16, 1]);
  const { at, on }: { at: { x: number }; on: boolean } = round(mixed, MIXED);
  assertEquals([at.x, on], [0.5, true]);
  // @ts-expect-error: a string has no fixed size
  assertThrows(() => codecs.struct({ s: codecs.string }), TypeError);
  // @ts-expect-error: a field is wrong
  assertThrows(() => round(point, { x: 1, y: true }), TypeError);
  // @ts-expect-error: a field is missing
  assertThrows(() => round(point, { x: 1 }), TypeError);
});

test("A struct's fields stand at multiples of their size, and gaps are zero", () => {
  assertEquals(mixed.byteLength, 32);
  const packet = new Packet();
  for (const noise of [0, 0xff]) {
    packet.bytes.fill(noise);
    mixed.encode(MIXED, packet);
    const view = new DataView(packet.bytes.buffer);
    assertEquals(packet.bytes[0], 1);
    assertEquals(view.getFloat64(8, true), 0.5);
    assertEquals(packet.words[6], -7);
    assertEquals([...packet.bytes.subarray(1, 8)], Array(7).fill(0));
    assertEquals([...packet.bytes.subarray(28, 32)], [0, 1, 0, 0]);
  }
  const narrow = codecs.struct({ a: codecs.int32, b: codecs.int32 });
  assertEquals(narrow.byteLength, 8);
});

test("A codec is found again by its name", () => {
  assertEquals(
    mixed.name,
    'struct{on:bool,at:struct{x:float64,y:float64},"odd name":int32,off:bool,deep:struct{b:bool}}',
  );
  const odd = codecs.struct({
    '"},{': codecs.bool,
    "": codecs.int32,
    "\n\\": codecs.bool,
    7: codecs.bool,
    "ключ": codecs.float64,
  });
  for (const codec of [...ITEMS.map(([codec]) => codec), odd]) {
    const found = codecNamed(codec.name);
    assertEquals(found.name, codec.name);
    assertEquals(found.byteLength, codec.byteLength);
  }
  assertEquals(round(codecNamed(mixed.name), MIXED), MIXED);
  const whole = odd.name;
  const names = [
    ...["", "struct", "int", "int32 ", "toString", "__proto__", "struct{}"],
    ...["struct{x:string}", "struct{x:}", "struct{x:int32", "struct{x:int32}}"],
    ...["struct{x:int32,}", "struct{ x:int32}", 'struct{"x":int32}'],
    ...["struct{x:int32y:bool}", "struct{x:int321}", 'struct{"\\q":bool}'],
    ...["struct{__proto__:bool}", "struct{x:bool,x:bool}"],
    "struct{x:".repeat(10_000),
    ...Array.from({ length: whole.length - 1 }, (_, n) => whole.slice(0, n)),
  ];
  for (const name of names) {
    assertThrows(
      () => codecNamed(name),
      TypeError,
      "Cannot find a codec",
      name,
    );
  }
});

test("A struct is refused that would not work, with what is wrong", () => {
  const struct = codecs.struct as (fields: unknown) => FixedCodec<unknown>;
  const refused = [
    [undefined, "'fields' must be an object, received undefined"],
    [{}, "'fields' must have a field"],
    [{ x: undefined }, "'fields.x' must be one of codecs, received undefined"],
    [
      { x: Number },
      "'fields.x' must be one of codecs, received function Number",
    ],
    [
      { x: codecs.any },
      "'fields.x' must be a codec of a fixed size, received any",
    ],
    [
      JSON.parse('{ "__proto__": 1 }'),
      "'fields.__proto__' must be one of codecs",
    ],
    [
      Object.defineProperty({}, "__proto__", {
        value: codecs.bool,
        enumerable: true,
      }),
      '"__proto__"',
    ],
  ] as const;
  for (const [fields, message] of refused) {
    assertThrows(() => struct(fields), TypeError, message);
  }
  let nested = struct({ x: codecs.bool });
  for (let i = 1; i < 16; i++) nested = struct({ x: nested });
  assertEquals(codecNamed(nested.name).name, nested.name);
  assertThrows(
    () => struct({ x: nested }),
    RangeError,
    "nested 16 deep at most",
  );
});

test("An option that is no codec is refused", () => {
  assertEquals(codecOption("create Queue", undefined), codecs.any);
  assertEquals(codecOption("create Queue", codecs.int32), codecs.int32);
  assertEquals(codecOption("create Queue", point).name, point.name);
  for (const codec of [null, "int32", {}, { name: "int32" }, () => {}]) {
    assertThrows(
      () => codecOption("create Queue", codec),
      TypeError,
      "Cannot create Queue: 'codec' must be one of codecs, received",
    );
  }
});

test("An item of another length is a TypeError", () => {
  for (const [codec] of ITEMS) {
    const packet = new Packet();
    packet.length = 3;
    packet.bytes.set([255, 255, 255]);
    if (codec === codecs.bytes) continue;
    assertThrows(() => codec.decode(packet), TypeError, "Cannot decode");
  }
});

test("A packet keeps its bytes when it grows, and large ones are not kept", () => {
  const packet = borrowPacket(), other = borrowPacket();
  assert(packet !== other);
  packet.bytes.set([1, 2, 3]);
  for (const size of [300, 301, 5000, 100_001]) {
    packet.ensure(size);
    assert(packet.bytes.length >= size && packet.bytes.length % 8 === 0);
    const { buffer } = packet.bytes;
    assert(packet.words.buffer === buffer && packet.view.buffer === buffer);
    assertEquals([...packet.bytes.subarray(0, 4)], [1, 2, 3, 0]);
  }
  assertThrows(
    () => packet.ensure(2 ** 30 + 1),
    RangeError,
    "1073741824 bytes",
  );
  returnPacket(packet);
  assert(borrowPacket() === packet);
  packet.ensure(2 ** 20 + 8);
  returnPacket(packet);
  assert(borrowPacket() !== packet);
  returnPacket(other);
});

test("157 An item whose getter encodes items is encoded like any other", () => {
  const packet = new Packet();
  const item = {
    get inner() {
      return round(codecs.any, { text: round(codecs.string, "in") });
    },
    after: "out",
  };
  codecs.any.encode([item, item], packet);
  const [a, b] = codecs.any.decode(packet) as unknown[];
  assertEquals(a, { inner: { text: "in" }, after: "out" });
  assert(a === b);
});
