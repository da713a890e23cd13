/**
 * The C compiler of the system, if there is one.
 *
 * @module
 */

/** Runs `$CC`, `cc`, `gcc` or `clang`, whichever is there first; undefined where none is. */
export async function compileC(
  ...args: string[]
): Promise<Deno.CommandOutput | undefined> {
  for (const command of [Deno.env.get("CC"), "cc", "gcc", "clang"]) {
    // It may have arguments of its own.
    const [compiler, ...more] = command?.match(/\S+/g) ?? [];
    if (compiler === undefined) continue;
    try {
      return await new Deno.Command(compiler, { args: [...more, ...args] })
        .output();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}
