// Four threads count the words of this repository together: each takes files from a
// Queue, and adds what it has counted to one Counter.
//
//     deno run -R=. examples/word_count.ts

import { Counter, Queue, type Task, task, Thread } from "@interlock/threading";

const ROOT = new URL("../", import.meta.url);

/** The words of a text, of four letters and more. */
function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/\p{Letter}{4,}/gu) ?? [];
}

/** Counts the words of files until there are no more; returns how many files it had. */
export const countWords: Task<
  (files: Queue<string>, counter: Counter) => number
> = task(import.meta, function countWords(files, counter) {
  let done = 0;
  for (const file of files) {
    const text = Deno.readTextFileSync(new URL(file, ROOT));
    counter.update(wordsOf(text)); // one step: nobody sees half a file
    done++;
  }
  return done;
});

if (import.meta.main) {
  const files = new Queue<string>(), counter = new Counter();
  const threads = Array.from(
    { length: 4 },
    () => new Thread(countWords, [files, counter]).start(),
  );
  files.put("README.md");
  files.put("CONTRIBUTING.md");
  for (const { name } of Deno.readDirSync(new URL("primitives", ROOT))) {
    files.put(`primitives/${name}`);
  }
  files.shutdown();
  const done = threads.reduce((sum, thread) => sum + thread.result(), 0);

  for (const [word, count] of counter.mostCommon(10)) {
    console.log(`${String(count).padStart(6)} ${word}`);
  }
  console.log();
  console.log(
    `${counter.total()} words, ${counter.size} different ones, in ${done} files`,
  );
}
