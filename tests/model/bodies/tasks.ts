/**
 * What bodies are made of.
 *
 * @module
 */

/** A timeout that may pass at any time. */
export const SOON = 50;
/** A timeout that passes when nobody can go on, after three re-checks. */
export const PATIENT = 3_500_000;

/** Fails the thread, and with it the execution. */
export function check(condition: boolean, message: string): void {
  if (!condition) throw new Error(message);
}

/** A word of one of our objects, read in the same step as the operation before. */
export function wordOf(
  { buffer, byteOffset }: { buffer: SharedArrayBuffer; byteOffset: number },
  index: number,
): number {
  return new Int32Array(buffer, byteOffset)[index]!;
}

/** Waits for a later turn of the thread; others may do something before. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

/** A body of several tasks of one thread. */
export function tasks<S>(
  ...bodies: ((state: S) => Promise<unknown>)[]
): (state: S) => Promise<unknown> {
  return (state) => Promise.all(bodies.map((body) => body(state)));
}

/** Waits with a signal that another task aborts in a later turn; undefined if that ended it. */
export async function aborted<T>(
  wait: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const controller = new AbortController(), reason = new Error("aborted");
  turn().then(() => controller.abort(reason));
  try {
    return await wait(controller.signal);
  } catch (error) {
    if (error !== reason) throw error;
    return undefined;
  }
}
