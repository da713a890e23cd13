/**
 * Lanes: rows in which spans can be drawn without one hiding another.
 *
 * @module
 */

import type { Span } from "./_spans.ts";

/**
 * Puts spans, which are ordered by their begin, into as few lanes as it takes. In a lane
 * they follow one another, or, if that is allowed, one lies within the other.
 */
export function lanesOf(spans: readonly Span[], nests: boolean): Span[][] {
  const lanes: { spans: Span[]; around: Span[] }[] = [];
  const sorted = spans.toSorted((a, b) => a.begin - b.begin || b.end - a.end);
  for (const span of sorted) {
    let lane = lanes.find(({ around }) => {
      while (around.length > 0 && around.at(-1)!.end <= span.begin) {
        around.pop();
      }
      const last = around.at(-1);
      return last === undefined || nests && span.end <= last.end;
    });
    if (lane === undefined) {
      lane = { spans: [], around: [] };
      lanes.push(lane);
    }
    lane.spans.push(span);
    lane.around.push(span);
  }
  return lanes.map(({ spans }) => spans);
}
