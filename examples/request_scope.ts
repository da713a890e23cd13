// Three workers of a travel site answer requests, each one after the other. The request
// that a worker is at stands in a ThreadLocal: the functions deep below read it there,
// and nobody has to pass it on.
//
//     deno run -R=. examples/request_scope.ts

import {
  sleep,
  type Task,
  task,
  Thread,
  ThreadLocal,
} from "@interlock/threading";

const WORKERS = 3, REQUESTS = 12;
const PEOPLE = ["Ada", "Barbara", "Edsger", "Grace", "Tony"];

interface Asked {
  number: number;
  person: string;
}

// Each thread loads this module, so each has a request and a database of its own.
const request = new ThreadLocal<Asked>();
const database = new ThreadLocal(() => {
  connections++;
  return { find: (person: string) => `the journeys of ${person}` };
});
let connections = 0;

function log(what: string): void {
  const { number, person } = request.get();
  console.log(`request ${number} of ${person}: ${what}`);
}

function journeys(): string {
  log("looks into the database");
  sleep(5); // The other workers are in the middle of theirs.
  return database.get().find(request.get().person);
}

function page(): string {
  const text = journeys();
  log("is answered");
  return `Dear ${request.get().person}, here are ${text}`;
}

/** Answers every so many requests; the answers, and how often it opened the database. */
export const work: Task<
  (requests: Asked[], first: number) => { pages: string[]; opened: number }
> = task(import.meta, function work(requests, first) {
  const pages: string[] = [];
  for (let i = first; i < requests.length; i += WORKERS) {
    request.set(requests[i]!);
    try {
      pages.push(page());
    } finally {
      request.delete();
    }
  }
  return { pages, opened: connections };
});

if (import.meta.main) {
  const requests = Array.from({ length: REQUESTS }, (_, i): Asked => ({
    number: i + 1,
    person: PEOPLE[i % PEOPLE.length]!,
  }));
  const workers = Array.from(
    { length: WORKERS },
    (_, first) => new Thread(work, [requests, first]).start(),
  );

  const results = workers.map((worker) => worker.result());
  const right = requests.filter(({ person }, i) =>
    results[i % WORKERS]!.pages[Math.floor(i / WORKERS)] ===
      `Dear ${person}, here are the journeys of ${person}`
  );
  const opened = results.reduce((sum, { opened }) => sum + opened, 0);
  console.log(
    `\n${right.length} of ${REQUESTS} requests answered right, by ${WORKERS} workers with ${opened} connections`,
  );
}
