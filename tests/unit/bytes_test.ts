import { Latch } from "@interlock/threading";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { decode, encode } from "../../primitives/_bytes.ts";
import { decodeFailure, encodeFailure } from "../../primitives/_failure.ts";
import { test } from "../support/stage.ts";

const round = (value: unknown) => decode(encode(value));

const VALUES: unknown[] = [
  ...[undefined, null, true, false],
  ...[0, -0, 1, -1, 63, 64, -64, -65, 127, 128, 2 ** 31 - 1, -(2 ** 31)],
  ...[2 ** 31, 2 ** 53, 0.1, NaN, Infinity, -Infinity, Number.MIN_VALUE],
  ...[0n, 1n, -1n, 2n ** 64n, -(2n ** 1000n)],
  ...[
    "",
    "text",
    "Größe",
    "\ufeffmark",
    "\0",
    "😀",
    "\ud83d",
    "a\udc00\ud800b",
  ],
  new Date(0),
  new Date(NaN),
  [],
  [[], [1, [2]]],
  {},
  { a: { b: [1, "2"] }, "": 1, "x y": undefined },
  new Map<unknown, unknown>([[1, "a"], [{ k: 1 }, new Map()], ["l", [1, 2]]]),
  new Set<unknown>([1, "a", [2], new Set()]),
  new ArrayBuffer(0),
  new Uint8Array([1, 2, 3]).buffer,
  new Int8Array([-1]),
  new Uint8ClampedArray([300]),
  new Uint16Array([1, 2]).subarray(1),
  new Float32Array([1.5]),
  new Float64Array([NaN, -0]),
  new BigInt64Array([-1n]),
  new BigUint64Array([2n ** 64n - 1n]),
];

test("Bytes hold every value that can be copied", () => {
  for (const value of VALUES) assertEquals(round(value), value);
  assertEquals(round(VALUES), VALUES);
  assert(Object.is(round(-0), -0) && Object.is(round(0), 0));
  const view = new DataView(new Uint8Array([1, 2, 3]).buffer, 1, 2);
  const copy = round(view) as DataView;
  assertEquals([copy.byteLength, copy.getUint16(0)], [2, 0x203]);
});

test("Bytes hold a copy, and only what is a value", () => {
  const buffer = new Uint8Array([1]).buffer, copy = round(buffer);
  assert(copy !== buffer);
  assertEquals(round(new Uint16Array(8).subarray(2, 3)), new Uint16Array(1));
  // deno-lint-ignore no-sparse-arrays
  assertEquals(Object.keys(round([, 1]) as unknown[]), ["0", "1"]);
  const bare = Object.assign(Object.create(null), { a: 1, [Symbol("s")]: 2 });
  assertEquals(round(bare), { a: 1 });
  const tricky = JSON.parse('{ "__proto__": { "bad": 1 } }');
  const back = round(tricky) as { bad?: number };
  assertEquals([back.bad, Object.keys(back)], [undefined, ["__proto__"]]);
  const shared = [1];
  assertEquals(round([shared, shared]), [[1], [1]]);
});

test("Bytes are few", () => {
  for (
    const [value, length] of [
      [undefined, 1],
      [7, 2],
      [-1000, 3],
      [0.5, 9],
      ["text", 6],
      [[1, 2, 3], 8],
      [{ a: 1 }, 7],
    ] as const
  ) assertEquals(encode(value).length, length, String(value));
});

test("What cannot be copied is refused with its path", () => {
  class Point {}
  const self: unknown[] = [1];
  self.push({ self });
  const deep = (n: number): unknown => n === 0 ? 1 : [deep(n - 1)];
  const memory = new SharedArrayBuffer(8);
  for (
    const [value, message] of [
      [() => {}, "Cannot encode value: function"],
      [{ a: [1, { f: noop }] }, "Cannot encode value.a[1].f: function noop"],
      [{ "x y": Symbol("s") }, "value.x y: Symbol(s) cannot be copied"],
      [[new Point()], "value[0]: an instance of Point cannot be copied"],
      [[new Error("e")], "value[0]: an instance of Error cannot"],
      [new Map([["k", noop]]), "value.values()[0]: function"],
      [new Map([[noop, 1]]), "value.keys()[0]: function"],
      [new Set([1, noop]), "value.values()[1]: function"],
      [/x/, "value: an instance of RegExp cannot be copied"],
      [Promise.resolve(), "value: an instance of Promise"],
      [memory, "value: an instance of SharedArrayBuffer"],
      [
        new Int32Array(memory),
        "value: an instance of Int32Array of shared memory cannot",
      ],
      [self, "value[1].self: it contains itself"],
      [deep(300), "it is nested more than 200 deep"],
      [{ latch: new Latch(1) }, "value.latch: a Latch is shared, not copied"],
      [[new Latch(1).handle], "value[0]: a Latch is shared, not copied"],
    ] as const
  ) {
    const error = assertThrows(() => encode(value), TypeError, message);
    assert(error.message.startsWith("Cannot encode value"), error.message);
  }
  assertEquals(round(deep(200)), deep(200));
});

function noop(): void {}

test("Damaged bytes are a TypeError, and never a loop", () => {
  const whole = encode(VALUES);
  const refuse = (bytes: number[]) =>
    assertThrows(
      () => decode(new Uint8Array(bytes)),
      TypeError,
      "Cannot decode: the bytes are damaged",
    );
  for (
    const bytes of [
      [],
      [0, 0],
      [99],
      [7, 4, 65],
      [7, 1, 0xff],
      [6, 1, 0x78],
      [9, 0xff, 0xff, 0xff, 0xff, 0x0f],
      [9, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
      [11, 0xff, 0xff, 0xff, 0xff, 0x0f, 0],
      Array(5000).fill(9).flatMap((tag) => [tag, 1]),
      [15, 3, 3, 1, 2, 3],
      [15, 50, 0],
    ]
  ) refuse(bytes);
  for (let n = 0; n < whole.length; n++) refuse([...whole.subarray(0, n)]);
  // Any other damage is found, or makes another value.
  for (let seed = 1, i = 0; i < 20_000; i++) {
    const bytes = whole.slice();
    for (let k = 0; k < 3; k++) {
      seed = Math.imul(seed, 48271) >>> 0;
      bytes[seed % bytes.length] = seed >>> 13;
    }
    try {
      decode(bytes);
    } catch (error) {
      assert(error instanceof TypeError, String(error));
    }
  }
});

test("What is thrown is told in few bytes, whatever it is", () => {
  const told = (thrown: unknown) => {
    const bytes = encodeFailure(thrown);
    assert(bytes.length <= 384);
    return decodeFailure(bytes);
  };
  const trap = Object.defineProperty(new Error("e"), "message", {
    get() {
      throw new Error("trap");
    },
  });
  assertEquals(told(trap).text, "Error: What was thrown cannot be read");
  assertEquals(told(7), { thrown: 7, text: "7" });
  assertEquals(told(undefined), { thrown: undefined, text: "undefined" });
  assertEquals(told("x".repeat(1000)).text, `Error: "${"x".repeat(80)}"`);
  const long = Object.assign(new Error("y".repeat(1e5)), {
    name: "N".repeat(1e5),
    code: "C".repeat(1e5),
  });
  const { name, message, code } = told(long).thrown as typeof long;
  assertEquals([name, code], ["N".repeat(40), "C".repeat(40)]);
  assert(/^y+\.\.\.$/.test(message) && message.length > 150, message);
});
