// Four travellers and a guide meet at each stop of a tour: a Barrier lets nobody
// go on before all five are there.
//
//     deno run -R=. examples/tour.ts

import {
  AtomicInt32,
  Barrier,
  sleep,
  type Task,
  task,
  Thread,
} from "@interlock/threading";

const PEOPLE = ["the guide", "Ada", "Barbara", "Edsger", "Tony"];
const STOPS = ["castle", "harbour"];

/** Returns how often this one left a stop before everybody was there. */
export const travel: Task<
  (who: string, meeting: Barrier, arrivals: AtomicInt32) => number
> = task(import.meta, function travel(who, meeting, arrivals) {
  let early = 0;
  STOPS.forEach((stop, i) => {
    sleep(Math.random() * 50); // Some walk faster.
    console.log(`${who} arrives at the ${stop}`);
    arrivals.add(1);
    const place = meeting.wait(); // 0 came first, 4 came last.
    if (arrivals.load() < PEOPLE.length * (i + 1)) early++;
    if (place === PEOPLE.length - 1) {
      console.log(`${who} came last to the ${stop} and buys the ice cream`);
    }
  });
  return early;
});

if (import.meta.main) {
  const meeting = new Barrier(PEOPLE.length), arrivals = new AtomicInt32();
  const people = PEOPLE.map((who) =>
    new Thread(travel, [who, meeting, arrivals]).start()
  );
  const early = people.reduce((sum, one) => sum + one.result(), 0);
  console.log(
    `\n${PEOPLE.length} people, ${STOPS.length} stops, ${early} left early`,
  );
}
