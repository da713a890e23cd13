import { type Task, task } from "@interlock/threading";

// A bundler may rename the function: the name is given.
export const double: Task<(x: number) => number> = task(
  import.meta,
  (x: number) => 2 * x,
  "double",
);
