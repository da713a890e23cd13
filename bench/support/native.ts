/**
 * Native yardsticks: the primitives of the C library, in a process that takes turns with ours.
 *
 * They are compiled where a C compiler is found, and do the rounds of a crew by persistent
 * threads; `bench/native/yardsticks.c` says how to talk to them.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { compileC } from "./c_compiler.ts";
import type { Observation } from "./family.ts";
import { inTime } from "./patience.ts";

/** What there are native contenders of. */
export type NativePrimitive =
  | "lock"
  | "semaphore"
  | "barrier"
  | "condition"
  | "rwlock";

/** What each worker does in a round. */
export interface NativeLoad {
  /** Up to 16; of a barrier they are the parties. */
  readonly workers: number;
  /** The sections or phases of each. */
  readonly times: number;
  /** Work in a section or before a meeting, and between sections, in nanoseconds. */
  readonly inside: number;
  readonly outside: number;
  /** Of a semaphore; 1 if left out. */
  readonly permits?: number;
  /** The percentage of the sections of a reader-writer lock that only read; none if left out. */
  readonly reads?: number;
}

/** By primitive and contender, what the program calls it. */
const NAMES: Record<NativePrimitive, Record<string, string>> = {
  lock: {
    "pthread (native)": "lock",
    "pthread, adaptive (native)": "adaptive-lock",
  },
  semaphore: { "sem_t (native)": "semaphore" },
  barrier: { "pthread (native)": "barrier" },
  condition: { "pthread (native)": "condition" },
  rwlock: { "pthread (native)": "rwlock" },
};

/** The program, and how it is compiled. */
export const SOURCE: string = fileURLToPath(
  new URL("../native/yardsticks.c", import.meta.url),
);
const OPTIONS = ["-std=c11", "-O2", "-pthread"];

/** Where the program is built. */
export interface NativeOptions {
  /** The folder in which a temporary one is made, and removed; the system's if left out. */
  readonly dir?: string;
}

/** What it takes to look for a compiler and to run it. */
const NEEDS = ["env", "run", "write"] as const;
const isGranted = (name: typeof NEEDS[number]) =>
  Deno.permissions.querySync({ name }).state === "granted";

/** Whether it is known that there is no compiler, or that it does not work. */
let hopeless = false;

/** A process that does rounds of native primitives. */
export class Native {
  /** What the program was compiled by, and for: `gcc 12.2.0, glibc 2.36`. */
  readonly compiler: string;
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncIterator<string>;
  readonly #primitives: readonly string[];

  private constructor(
    process: Deno.ChildProcess,
    lines: AsyncIterator<string>,
    compiler: string,
    primitives: string,
  ) {
    this.#process = process;
    this.#input = process.stdin.getWriter();
    this.#lines = lines;
    this.compiler = compiler;
    this.#primitives = primitives.split(" ");
  }

  /**
   * Compiles the program and starts it. Undefined where no C compiler is found, or where
   * this program may not run one; or where the compiled one does not run, which is told once.
   */
  static async open(options: NativeOptions = {}): Promise<Native | undefined> {
    if (hopeless || !NEEDS.every(isGranted)) return undefined;
    const folder = await Deno.makeTempDir({ prefix: "interlock-", ...options });
    let native: Native | undefined;
    try {
      native = await Native.#start(`${folder}/yardsticks`);
    } catch (error) {
      console.error("Native yardsticks are left out:", error);
    } finally {
      // A program that runs does not need its file.
      await Deno.remove(folder, { recursive: true });
    }
    hopeless = native === undefined;
    return native;
  }

  static async #start(program: string): Promise<Native | undefined> {
    const built = await compileC(...OPTIONS, SOURCE, "-o", program);
    if (built === undefined) return undefined;
    if (!built.success) throw new Error(new TextDecoder().decode(built.stderr));
    const process = new Deno.Command(program, {
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const lines = linesOf(process.stdout);
    const { value: compiler } = await lines.next();
    const { value: primitives } = await lines.next();
    if (primitives === undefined) {
      const { code } = await process.status;
      throw new Error(`${program} ended with ${code}`);
    }
    // Whoever forgets to close it can exit: the process ends with its input.
    process.unref();
    return new Native(process, lines, compiler!, primitives);
  }

  /** The process, for who counts what others use of the processors. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Whether there is such a contender on this system. */
  supports(contender: string, primitive: NativePrimitive): boolean {
    return this.contenders(primitive).includes(contender);
  }

  /** Those of a primitive that there are on this system. */
  contenders(primitive: NativePrimitive): readonly string[] {
    return Object.entries(NAMES[primitive] ?? {})
      .filter(([, name]) => this.#primitives.includes(name))
      .map(([contender]) => contender);
  }

  /** Does one round, checks that nothing was lost, and says how many milliseconds it took. */
  async round(
    primitive: NativePrimitive,
    contender: string,
    load: NativeLoad,
  ): Promise<number> {
    const name = this.#nameOf(primitive, contender);
    return Number(await this.#ask(commandOf(name, load, load.times))) / 1e6;
  }

  /** Times each acquisition of a guard for so many milliseconds. */
  async observe(
    primitive: NativePrimitive,
    contender: string,
    load: Omit<NativeLoad, "times">,
    milliseconds: number,
  ): Promise<Observation> {
    const name = this.#nameOf(primitive, contender);
    const command = commandOf(name, load, milliseconds);
    const answer = await this.#ask(`observe ${command}`);
    const numbers = Float64Array.from(answer.split(" "), Number);
    const shares: number[] = [];
    let kept = 0;
    for (let at = 0; at < numbers.length;) {
      const [share, count] = numbers.subarray(at, at += 2);
      shares.push(share!);
      // To the front, where what has been read is of no more use.
      numbers.copyWithin(kept, at, at += count!);
      kept += count!;
    }
    return { latencies: numbers.slice(0, kept), shares };
  }

  /** Ends the process. */
  async close(): Promise<void> {
    this.#process.ref();
    // Who has ended already reads no more.
    await this.#input.close().catch(() => {});
    while (!(await this.#lines.next()).done);
    await this.#process.status;
  }

  #nameOf(primitive: NativePrimitive, contender: string): string {
    if (this.supports(contender, primitive)) {
      return NAMES[primitive][contender]!;
    }
    throw new RangeError(
      `Cannot measure ${primitive}: 'contender' must be ${
        this.contenders(primitive).join(" or ") || "of another primitive"
      }, received ${contender}`,
    );
  }

  /** Has a command answered. */
  async #ask(command: string): Promise<string> {
    await this.#input.write(new TextEncoder().encode(`${command}\n`));
    const { value } = await inTime(`'${command}'`, this.#lines.next())
      .catch((late) => {
        this.#process.kill("SIGKILL");
        throw late;
      });
    if (value !== undefined && !value.startsWith("error ")) return value;
    const wrong = value?.slice("error ".length) ?? "its process has ended";
    throw new Error(`Cannot measure '${command}': ${wrong}`);
  }
}

/** The command for a round: `amount` is its times or its milliseconds. */
function commandOf(
  name: string,
  load: Omit<NativeLoad, "times">,
  amount: number,
): string {
  const { workers, inside, outside, permits = 1, reads = 0 } = load;
  const extra = name === "rwlock" ? reads : permits;
  const numbers = [workers, amount, inside, outside, extra];
  return [name, ...numbers.map(Math.round)].join(" ");
}

async function* linesOf(
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<string, undefined> {
  let rest = "";
  for await (const text of bytes.pipeThrough(new TextDecoderStream())) {
    const [first, ...more] = text.split("\n");
    rest += first;
    for (const next of more) {
      yield rest;
      rest = next;
    }
  }
}
