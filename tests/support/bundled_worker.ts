// The worker's entry of a bundle: its tasks have other URLs here than on the page.
import { type Task, task } from "@interlock/threading";
import { serve } from "@interlock/threading/worker";

const meta = { url: "file:///bundle/worker.js" } as ImportMeta;
const other = { url: "file:///bundle/chunk.js" } as ImportMeta;

export const named: Task<(x: number) => number> = task(
  meta,
  (x: number) => x + 1,
  "named",
);
task(meta, function unnamed() {});
task(meta, () => 1, "twice");
task(other, () => 2, "twice");

serve();
