/**
 * A trace in the Trace Event Format, which ui.perfetto.dev and chrome://tracing open.
 *
 * A span is a complete event (`X`) with its times in microseconds. In a row of the viewer
 * events must lie within one another: what only overlaps gets a row of its own, which
 * has the name of the thread too.
 *
 * @module
 */

import { lanesOf } from "./_lanes.ts";
import type { Snapshot } from "./_spans.ts";

const PROCESS = 1;

/** The JSON of a trace. */
export function toPerfetto({ threads, spans }: Snapshot): string {
  const events: object[] = [
    metadata("process_name", 0, { name: "threads and locks" }),
  ];
  let row = 0;
  for (const { thread, name } of threads) {
    const own = spans.filter((span) => span.thread === thread);
    for (const [n, lane] of lanesOf(own, true).entries()) {
      const tid = ++row;
      const label = n === 0 ? name : `${name} (${n + 1})`;
      events.push(
        metadata("thread_name", tid, { name: label }),
        metadata("thread_sort_index", tid, { sort_index: tid }),
      );
      for (const { lock, what, begin, end, isOpen } of lane) {
        events.push({
          name: `${what}: ${lock}`,
          cat: what,
          ph: "X",
          ts: nanoseconds(begin) / 1000,
          dur: (nanoseconds(end) - nanoseconds(begin)) / 1000,
          pid: PROCESS,
          tid,
          args: { lock, thread, ...isOpen && { open: true } },
        });
      }
    }
  }
  const dropped = threads.reduce((sum, { dropped }) => sum + dropped, 0);
  return JSON.stringify({
    displayTimeUnit: "ns",
    otherData: { dropped },
    traceEvents: events,
  });
}

/** Whole ones: so what lies within another does so to the last digit. */
function nanoseconds(ms: number): number {
  return Math.round(ms * 1e6);
}

function metadata(name: string, tid: number, args: object): object {
  return { name, ph: "M", pid: PROCESS, tid, args };
}
