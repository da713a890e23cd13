// A program that runs as a bundle, with its tasks in it and in the worker's entry.
import { Thread, Timer } from "@interlock/threading";
import { double } from "./bundled_tasks.ts";

const worker = () =>
  new Worker(import.meta.resolve("./bundled_worker.js"), { type: "module" });

console.log(new Thread(double, [21], { worker }).start().result());
console.log(new Timer(1, double, [4], { worker }).start().result());
try {
  new Thread(double, [21]).start().join();
} catch (error) {
  console.log((error as Error).message);
}
