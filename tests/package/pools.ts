// A program with a pool whose shutdown is forgotten, or is not waited for.
//
//     pools.ts await|then|onDone|forgotten|shutdown|using|unused
import {
  sleep,
  type Task,
  task,
  ThreadPoolExecutor,
} from "@interlock/threading";

export const work: Task<(text: string) => string> = task(
  import.meta,
  function work(text) {
    sleep(300);
    console.log(`${text} ran`);
    return text;
  },
);

if (import.meta.main) {
  const [how] = Deno.args;
  const idleTimeout = how === "using" || how === "shutdown" ? Infinity : 200;
  const options = { maxWorkers: 1, idleTimeout };
  const submit = () => new ThreadPoolExecutor(options).submit(work, "it");
  if (how === "await") console.log(await submit());
  if (how === "then") submit().then(console.log);
  if (how === "onDone") submit().onDone(({ state }) => console.log(state));
  if (how === "forgotten") submit();
  if (how === "shutdown") {
    const pool = new ThreadPoolExecutor(options);
    pool.submit(work, "it");
    pool.submit(work, "the other");
    pool.shutdown({ wait: false });
  }
  if (how === "using") {
    await using pool = new ThreadPoolExecutor(options);
    pool.submit(work, "it");
  }
  if (how === "unused") new ThreadPoolExecutor(options);
  console.log("end");
}
