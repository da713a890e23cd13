// A journey is all or nothing: flight, car and hotel are reserved at once, each in a
// thread of one ThreadScope. When one has nothing free, the scope ends what the others
// wait for, they give theirs back, and the failure arrives where the scope is left.
//
//     deno run -R=. examples/scope.ts

import {
  AtomicInt32,
  Latch,
  type Task,
  task,
  ThreadScope,
} from "@interlock/threading";

const PARTS = ["flight", "car", "hotel"];

export const reserve: Task<
  (part: string, city: string, missing: Latch, reserved: AtomicInt32) => string
> = task(import.meta, function reserve(part, city, missing, reserved) {
  if (part === "hotel" && city === "Oslo") {
    throw new Error(`no ${part} is free in ${city}`);
  }
  reserved.add(1);
  missing.countDown();
  try {
    missing.wait(); // until the others have theirs
  } catch (error) {
    reserved.sub(1);
    console.log(`${part} to ${city}: given back`);
    throw error;
  }
  return `${part} to ${city}`;
});

/** Reserves all parts of a journey; throws why it could not. */
function travel(city: string, reserved: AtomicInt32): string[] {
  const missing = new Latch(PARTS.length);
  return new ThreadScope().run((scope) => {
    const threads = PARTS.map((part) =>
      scope.start(reserve, part, city, missing, reserved)
    );
    return threads.map((thread) => thread.result());
  });
}

if (import.meta.main) {
  const reserved = new AtomicInt32();
  for (const city of ["Rome", "Oslo"]) {
    try {
      console.log(`reserved: ${travel(city, reserved).join(", ")}`);
    } catch (error) {
      console.log(`no journey to ${city}: ${(error as Error).message}`);
    }
  }
  console.log(`\n${reserved.load()} reservations, all of them of one journey`);
}
