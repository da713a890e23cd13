// Four clerks sell seats under one lock, and one of them prints the ticket with the lock
// held. The trace shows who makes the others wait.
//
//     deno run -R=. -W examples/trace_contention.ts trace.svg trace.json
//
// Open trace.svg in a browser, and trace.json in https://ui.perfetto.dev.

import {
  AtomicInt32,
  Barrier,
  Lock,
  sleep,
  type Task,
  task,
  Thread,
} from "@interlock/threading";
import { Tracer } from "@interlock/threading/trace";

const CLERKS = ["Ada", "Barbara", "Edsger", "Tony"], SALES = 5;

/** Sells some seats; `slow` prints the ticket with the lock held. */
export const sell: Task<
  (
    slow: boolean,
    seats: AtomicInt32,
    lock: Lock,
    opening: Barrier,
    tracer: Tracer,
  ) => void
> = task(import.meta, function sell(slow, seats, lock, opening, tracer) {
  const traced = tracer.trace(lock); // the same lock, but what it does is recorded
  opening.wait();
  for (let i = 0; i < SALES; i++) {
    traced.run(() => {
      seats.sub(1);
      sleep(slow ? 8 : 1);
    });
    sleep(slow ? 1 : 4);
  }
});

/** A file that the system may remove one day. */
function temporary(suffix: string): string {
  return Deno.makeTempFileSync({ suffix });
}

if (import.meta.main) {
  const seats = new AtomicInt32(CLERKS.length * SALES);
  const lock = new Lock({ name: "seats" });
  const opening = new Barrier(CLERKS.length), tracer = new Tracer();
  const clerks = CLERKS.map((name) =>
    new Thread(sell, [name === "Tony", seats, lock, opening, tracer], { name })
      .start()
  );
  for (const clerk of clerks) clerk.result();

  const [timeline = temporary(".svg"), json = temporary(".json")] = Deno.args;
  Deno.writeTextFileSync(timeline, tracer.toSVG());
  Deno.writeTextFileSync(json, tracer.toPerfetto());
  console.log(`the timeline is ${timeline}, for Perfetto ${json}`);
  const { acquisitions, threads } = tracer.summary()[0]!;
  for (const { threadName, totalHold, totalWait } of threads) {
    const held = totalHold.toFixed(0), waited = totalWait.toFixed(0);
    console.log(
      `${threadName} held the lock for ${held} ms, waited ${waited} ms`,
    );
  }
  const [first] = threads.toSorted((a, b) => b.totalHold - a.totalHold);
  console.log(
    `\n${acquisitions} seats sold; the others wait for ${first!.threadName}`,
  );
}
