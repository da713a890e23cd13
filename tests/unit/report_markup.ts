/**
 * What tests look for in a page of a report.
 *
 * @module
 */

import { assertEquals } from "@std/assert";

/** The texts of a chart. */
export function textsOf(svg: string): string[] {
  return [...svg.matchAll(/<t(?:ext|span)[^>]*>([^<]+)</g)].map(([, text]) =>
    text!
  );
}

/** The charts of a page. */
export function chartsIn(page: string): string[] {
  return page.match(/<svg [^]*?<\/svg>/g) ?? [];
}

/** Checks that each tag is closed, in order. */
export function assertWellFormed(page: string): void {
  const open: string[] = [];
  // Of an attribute, the value is quoted.
  const tags = page.matchAll(
    /<(\/?)([a-z][\w]*)((?:\s+[\w:-]+(?:="[^"<]*")?)*)\s*(\/?)>/gi,
  );
  let count = 0;
  for (const [, end, name, , closed] of tags) {
    count++;
    if (end) assertEquals(open.pop(), name);
    else if (!closed && name !== "meta") open.push(name!);
  }
  assertEquals(open, []);
  // Nothing else looks like a tag.
  assertEquals(page.match(/</g)?.length, count + 1);
}
