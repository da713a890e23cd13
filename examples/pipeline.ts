// Weather reports go through three stages, each in a thread of its own: one reads them,
// one works them out, one writes the result. Channels between the stages keep them in
// step, and closing one tells the next stage that no more comes. A select listens for
// reports from two stations at once.
//
//     deno run -R=. examples/pipeline.ts

import { Channel, select, type Task, task, Thread } from "@interlock/threading";

interface Report {
  city: string;
  celsius: number;
}

const STATIONS = [
  ["Oslo -3", "Cairo 31", "Lima 19", "Oslo 1", "Nobody knows"],
  ["Cairo 35", "Lima 21", "Oslo -1", "Cairo 33", "Lima 20"],
];

/** Sends the lines of a station. */
export const measure: Task<(lines: Channel<string>, station: number) => void> =
  task(import.meta, function measure(lines, station) {
    for (const line of STATIONS[station]!) lines.send(line);
    lines.close();
  });

/** The first stage: makes reports of lines, from whichever station has one. */
export const parse: Task<
  (stations: Channel<string>[], reports: Channel<Report>) => number
> = task(import.meta, function parse(stations, reports) {
  let dropped = 0;
  for (let open = stations; open.length > 0;) {
    const fired = select(open.map((station) => ({ receive: station })));
    if (fired.closed) {
      open = open.filter((_, index) => index !== fired.index);
      continue;
    }
    const [, city, celsius] = /^(\w+) (-?\d+)$/.exec(fired.value) ?? [];
    if (city === undefined) dropped++;
    else reports.send({ city, celsius: Number(celsius) });
  }
  reports.close();
  return dropped;
});

/** The second stage: adds what the weather is like. */
export const judge: Task<
  (reports: Channel<Report>, verdicts: Channel<string>) => void
> = task(import.meta, function judge(reports, verdicts) {
  for (const { city, celsius } of reports) {
    const word = celsius < 0 ? "freezing" : celsius < 25 ? "mild" : "hot";
    verdicts.send(`${city} is ${word} at ${celsius}`);
  }
  verdicts.close();
});

/** The third stage: writes, and returns how much. */
export const write: Task<(verdicts: Channel<string>) => number> = task(
  import.meta,
  function write(verdicts) {
    let written = 0;
    for (const verdict of verdicts) {
      console.log(verdict);
      written++;
    }
    return written;
  },
);

if (import.meta.main) {
  const stations = STATIONS.map(() => new Channel<string>());
  const reports = new Channel<Report>({ maxSize: 4 });
  const verdicts = new Channel<string>();
  stations.forEach((lines, i) => new Thread(measure, [lines, i]).start());
  const parser = new Thread(parse, [stations, reports]).start();
  new Thread(judge, [reports, verdicts]).start();
  const writer = new Thread(write, [verdicts]).start();

  const written = writer.result(), dropped = parser.result();
  console.log(
    `\n${written} reports went through three stages, ${dropped} dropped`,
  );
}
