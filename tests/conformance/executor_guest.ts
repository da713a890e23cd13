// A worker that is not one of ours: it gets a pool and a future by postMessage.
import {
  Future,
  type Handle,
  Queue,
  ThreadPoolExecutor,
} from "@interlock/threading";
import { square } from "./executor_bodies.ts";

/** What it is sent. */
export interface Parts {
  pool: Handle<"ThreadPoolExecutor">;
  future: Handle<"Future">;
  answers: Queue["handle"];
}

globalThis.addEventListener("message", async (event) => {
  const parts = (event as MessageEvent<Parts>).data;
  const pool = ThreadPoolExecutor.from(parts.pool);
  const future = Future.from<number>(parts.future);
  const answers = Queue.from<unknown>(parts.answers);
  answers.put("ready");
  answers.put([
    future.result(10_000),
    pool.submit(square, 7).result(10_000),
    await pool.submit(square, 8),
  ]);
  (globalThis as unknown as { close(): void }).close();
});
