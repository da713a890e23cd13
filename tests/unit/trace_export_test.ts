// What a trace looks like from outside: the Trace Event Format, and the timeline.

import { Lock, Semaphore } from "@interlock/threading";
import { Tracer } from "@interlock/threading/trace";
import { assert, assertEquals } from "@std/assert";
import { test } from "../support/stage.ts";

/** A trace in which holds overlap. */
function overlapping(): Tracer {
  const tracer = new Tracer();
  const one = tracer.trace(new Lock({ name: "one" }));
  const two = tracer.trace(new Lock({ name: 'two <"&">' }));
  const pool = tracer.trace(new Semaphore(2), { name: "pool" });
  pool.acquire();
  pool.acquire();
  one.acquire();
  two.acquire();
  one.release();
  two.release();
  pool.release();
  pool.release();
  return tracer;
}

/** The elements of XML that is well-formed, in order. */
function elements(xml: string): string[] {
  const open: string[] = [], all: string[] = [];
  const part =
    /<(\/?)([a-z]\w*)((?: [\w:-]+="[^"<&]*(?:&(?:amp|lt|gt|quot);[^"<&]*)*")*) ?(\/?)>|[^<&]|&(?:amp|lt|gt|quot);/gy;
  let end = 0;
  for (const match of xml.matchAll(part)) {
    end = match.index + match[0].length;
    const [, closes, name, , alone] = match;
    if (name === undefined) continue;
    if (closes) assertEquals(open.pop(), name);
    else {
      all.push(name);
      if (!alone) open.push(name);
    }
  }
  assertEquals([end, open], [xml.length, []], xml.slice(end, end + 80));
  return all;
}

test("The JSON has the events that the viewers document", () => {
  const tracer = overlapping(), spans = tracer.spans();
  const { traceEvents } = JSON.parse(tracer.toPerfetto());
  // deno-lint-ignore no-explicit-any
  const of = (ph: string): any[] => traceEvents.filter((e: any) => e.ph === ph);
  assertEquals(of("X").length, spans.length);
  for (const { ts, dur, pid, tid, name, args } of of("X")) {
    const span = spans.find(({ begin, end, lock, what }) =>
      Math.abs(begin * 1000 - ts) < 0.001 &&
      Math.abs((end - begin) * 1000 - dur) < 0.002 &&
      name === `${what}: ${lock}` && lock === args.lock
    );
    assert(span !== undefined && pid === 1 && tid > 0, name);
    // Within a row, what overlaps lies within the other.
    for (const other of of("X").filter((other) => other.tid === tid)) {
      const end = +(ts + dur).toFixed(3);
      const last = +(other.ts + other.dur).toFixed(3);
      const nested = end <= other.ts || last <= ts ||
        (ts <= other.ts && last <= end) || (other.ts <= ts && end <= last);
      assert(nested, `${name} ${other.name}`);
    }
  }
  const named = of("M").filter(({ name }) => name === "thread_name");
  assertEquals(
    new Set(named.map(({ tid }) => tid)),
    new Set(of("X").map(({ tid }) => tid)),
  );
  assertEquals(named[0].args.name, spans[0]!.threadName);
});

test("The timeline is well-formed, and has a legend, units and texts", () => {
  const svg = overlapping().toSVG({ title: "a < b & c\u0007" });
  const found = elements(svg);
  assertEquals(found.slice(0, 3), ["svg", "title", "desc"]);
  const rects = svg.matchAll(/<rect [^>]*>(<title>[^<]+<\/title>)/g);
  assertEquals([...rects].length, 4);
  for (
    const text of [
      "a &lt; b &amp; c\ufffd",
      "two &lt;&quot;&amp;&quot;&gt;",
      'aria-label="Legend"',
      "holds the lock",
      "waits for the lock",
      "time since the Tracer was made (",
    ]
  ) assert(svg.includes(text), text);
});

test("A timeline of nothing, and of a part, are timelines", () => {
  elements(new Tracer().toSVG());
  const tracer = overlapping(), last = tracer.spans().at(-1)!;
  const whole = tracer.toSVG(), part = tracer.toSVG({ from: last.end + 1 });
  assert(elements(part).length < elements(whole).length);
});

test("Many narrow spans are few bars", () => {
  const tracer = new Tracer(), lock = tracer.trace(new Lock());
  for (let i = 0; i < 8000; i++) lock.run(() => {});
  const svg = tracer.toSVG();
  elements(svg);
  assert(svg.length < 400_000, `${svg.length}`);
  assert(/\d+ times hold, Lock, .* of /.test(svg));
});
