/**
 * Histories, and whether some sequential order explains one.
 *
 * A history is the order of calls and returns. It is linearizable if its operations can
 * be put in a row, each between its call and its return, so that a sequential
 * model gives the same results. An operation that never returned may have happened or
 * not; but if its thread waits for ever, it has not, and the model must not be ready for it.
 *
 * *Source* · Herlihy and Wing (1990); the search is that of Wing and Gong (1993) with
 * the memo of Lowe (2017).
 *
 * @module
 */

/** What an operation of the object does to a plain, sequential one. */
export interface SequentialModel<M> {
  /** Makes the state before the first operation: data that structured clone can copy. */
  readonly state: () => M;
  /** What each operation does to the state, and returns. */
  readonly operations: Readonly<
    Record<string, (state: M, ...args: never[]) => unknown>
  >;
  /** Whether an operation that may wait can go on; always, if left out. */
  readonly ready?: Readonly<
    Record<string, (state: M, ...args: never[]) => boolean>
  >;
}

/** One operation of a history. */
export interface Operation {
  readonly thread: number;
  readonly name: string;
  readonly args: readonly unknown[];
  /** The place of its call in the history. */
  readonly call: number;
  /** The place of its return; Infinity if it did not return. */
  returned: number;
  /** What it returned, as text; see {@linkcode canonical}. */
  result: string;
}

/** Lines of a record: a call, and a return. */
export type Event =
  | {
    readonly call: string;
    readonly thread: number;
    readonly args: readonly unknown[];
  }
  | { readonly thread: number; readonly result: string };

/** A value as text: the same for equal values, whatever the order of their keys. */
export function canonical(value: unknown): string {
  switch (typeof value) {
    case "undefined":
      return "undefined";
    case "bigint":
      return `${value}n`;
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "object":
      break;
    default:
      return JSON.stringify(value) ?? String(value);
  }
  if (value === null) return "null";
  if (value instanceof Error) return `${value.name}`;
  const list = (values: Iterable<unknown>) =>
    [...values].map(canonical).join(", ");
  if (Array.isArray(value)) return `[${list(value)}]`;
  if (value instanceof Map) return `Map { ${list(value)} }`;
  if (value instanceof Set) return `Set { ${list(value)} }`;
  if (ArrayBuffer.isView(value) && Symbol.iterator in value) {
    return `[${list(value as unknown as Iterable<unknown>)}]`;
  }
  const entries = Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1);
  return `{${
    entries.map(([key, part]) => `${key}: ${canonical(part)}`).join(", ")
  }}`;
}

/** What happened when an operation ran, as text. */
export function outcomeOf(run: () => unknown): string {
  try {
    return canonical(run());
  } catch (error) {
    return thrown(error);
  }
}

/** Something thrown, as text. */
export function thrown(error: unknown): string {
  return `throws ${(error as Error)?.name ?? canonical(error)}`;
}

/** The operations of a record. */
export function readHistory(events: readonly Event[]): Operation[] {
  const operations: Operation[] = [];
  events.forEach((event, place) => {
    if ("call" in event) {
      const { thread, call: name, args } = event;
      operations.push({
        thread,
        name,
        args,
        call: place,
        returned: Infinity,
        result: "",
      });
    } else {
      const open = operations.findLast(({ thread }) =>
        thread === event.thread
      )!;
      open.returned = place;
      open.result = event.result;
    }
  });
  return operations;
}

/** Whether some order explains the history; `stuck` if its threads wait for ever. */
export function isLinearizable<M>(
  operations: readonly Operation[],
  model: SequentialModel<M>,
  stuck: boolean,
): boolean {
  const seen = new Set<string>();
  const isReady = (state: M, { name, args }: Operation) =>
    model.ready?.[name]?.(state, ...args as never[]) ?? true;
  const search = (state: M, done: number): boolean => {
    const key = `${done}|${canonical(state)}`;
    if (seen.has(key)) return false;
    seen.add(key);
    const left = operations.filter((_, i) => (done & 1 << i) === 0);
    const firstReturn = Math.min(...left.map(({ returned }) => returned));
    if (firstReturn === Infinity) {
      return !stuck || !left.some((operation) => isReady(state, operation));
    }
    return operations.some((operation, i) => {
      if ((done & 1 << i) !== 0 || operation.call > firstReturn) return false;
      if (stuck && operation.returned === Infinity) return false;
      if (!isReady(state, operation)) return false;
      const next = structuredClone(state);
      const { name, args, returned, result } = operation;
      const outcome = outcomeOf(() =>
        model.operations[name]!(next, ...args as never[])
      );
      if (returned !== Infinity && outcome !== result) return false;
      return search(next, done | 1 << i);
    });
  };
  return search(model.state(), 0);
}

/** A history as a table: one column per thread, one line per call or return. */
export function formatHistory(
  events: readonly Event[],
  threads: number,
): string {
  const names: string[] = [];
  const lines = events.map((event) => {
    if ("call" in event) {
      names[event.thread] = event.call;
      const text = `${event.call}(${event.args.map(canonical).join(", ")})`;
      return { thread: event.thread, text };
    }
    return { thread: event.thread, text: `  = ${event.result}` };
  });
  const width = Math.max(4, ...lines.map(({ text }) => text.length));
  const row = (cells: readonly string[]) =>
    cells.map((cell) => cell.padEnd(width)).join("  ").trimEnd();
  const columns = [...Array(threads).keys()];
  return [
    row(columns.map((t) => `T${t}`)),
    ...lines.map(({ thread, text }) =>
      row(columns.map((t) => t === thread ? text : ""))
    ),
  ].join("\n");
}
