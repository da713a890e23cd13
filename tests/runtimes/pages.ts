/**
 * The pages that are opened in Chromium, each built for production.
 */

import { ISOLATED, openPage, type PageResult } from "./browser.ts";

/** Pages that are served otherwise, and say why a thread does not start. */
const STARTS: [string, Record<string, string>][] = [
  ["a page that is not isolated says which headers it needs", {}],
  ["a page whose policy forbids workers says so", {
    ...ISOLATED,
    "content-security-policy": "worker-src 'none'",
  }],
];

/** Clicks, and looks whether the example has drawn its picture, and kept its frames meanwhile. */
const DRAW = `
  const output = document.querySelector("output"), failures = [];
  const drawn = new Promise((resolve) => {
    new MutationObserver(() => {
      if (output.value !== "drawing…") resolve(output.value);
    }).observe(output, { childList: true, characterData: true, subtree: true });
  });
  document.querySelector("button").click();
  const report = await drawn;
  const gap = Number(/frames: (\\d+) ms$/.exec(report)?.[1]);
  if (!(gap < 500)) failures.push(report);
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  const canvas = document.querySelector("canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  for (let i = 3; i < data.length; i += 4) {
    if (data[i] === 255) continue;
    failures.push("pixel " + (i >> 2) + " is not drawn");
    break;
  }
  const body = JSON.stringify({ passed: 1 - failures.length, failures });
  await fetch("/result", { method: "POST", body });
`;

/** Opens the page of tests that was built into a folder, and those whose threads do not start; throws what fails. */
export async function testPages(
  chromium: string,
  folder: string,
): Promise<void> {
  const results = [await openPage(chromium, folder)];
  for (const [name, headers] of STARTS) {
    const query = `?start=${encodeURIComponent(name)}`;
    results.push(await openPage(chromium, folder, { query, headers }));
  }
  expectNone(results);
}

/** Opens the example that was built into a folder, and uses it; throws what fails. */
export async function testExample(
  chromium: string,
  folder: string,
): Promise<void> {
  expectNone([await openPage(chromium, folder, { script: DRAW })]);
}

function expectNone(results: readonly PageResult[]): void {
  const failures = results.flatMap((result) => result.failures);
  if (failures.length > 0) throw new Error(failures.join("\n"));
}
