/**
 * Waiting for workers, but not for ever, and ending them by cooperation.
 *
 * @module
 */

/** In milliseconds; longer than any round takes. */
export const PATIENCE = 60_000;

/** What a promise brings, or an error if that takes too long. */
export async function inTime<T>(
  what: string,
  promise: Promise<T>,
  patience = PATIENCE,
): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`${what} does not end in ${patience} ms`)),
    patience,
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The next message of a worker, or its error. */
export function answerOf<T>(worker: Worker): Promise<T> {
  return new Promise((resolve, reject) => {
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message));
    };
    worker.onmessage = ({ data }) => resolve(data);
  });
}

/** Asks workers to end, and waits until they say that they do. */
export async function endWorkers(workers: readonly Worker[]): Promise<void> {
  const ended = workers.map(async (worker) => {
    const saysSo = new Promise<void>((resolve) => {
      worker.onerror = (event) => event.preventDefault();
      worker.onmessage = ({ data }) => data === "ended" && resolve();
    });
    worker.postMessage(null);
    await saysSo;
    // It sleeps no more: this only frees what is left of it.
    worker.terminate();
  });
  // Those who wait for others give up in time.
  await inTime("The end of the workers", Promise.all(ended), 2 * PATIENCE);
}
