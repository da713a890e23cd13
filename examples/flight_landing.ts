// Two drivers wait at the airport until the tower says that the flight has landed:
// an Event, which one thread sets and many wait for.
//
//     deno run -R=. examples/flight_landing.ts

import { Event, sleep, type Task, task, Thread } from "@interlock/threading";

export const pickUp: Task<(driver: string, landed: Event) => boolean> = task(
  import.meta,
  function pickUp(driver, landed) {
    console.log(`${driver}: waits for the passengers`);
    if (!landed.wait(10_000)) return false;
    console.log(`${driver}: picks them up`);
    return true;
  },
);

export const land: Task<(landed: Event) => void> = task(
  import.meta,
  function land(landed) {
    sleep(100);
    console.log("tower: the flight has landed");
    landed.set();
  },
);

if (import.meta.main) {
  const landed = new Event();
  const drivers = ["taxi", "hotel bus"].map((driver) =>
    new Thread(pickUp, [driver, landed]).start()
  );
  new Thread(land, [landed]).start();

  // The main thread need not block: it can await the same event.
  if (await landed.waitAsync(10_000)) console.log("board: landed");
  const met = drivers.filter((driver) => driver.result()).length;
  console.log(`\n${met} of ${drivers.length} drivers met their passengers`);
}
