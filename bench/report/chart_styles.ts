/**
 * How contenders look: the same on the whole page.
 *
 * *Source* · the colours that everybody can tell apart are those of Okabe and Ito,
 * "Color Universal Design" (2008), but for the yellow, which is too pale for a line.
 *
 * @module
 */

import { type Role, roleOf } from "../support/family.ts";
import type { FamilyReport } from "./report.ts";

/** The look of a contender: colour never tells alone, the mark differs too. */
export interface Style {
  readonly color: string;
  /** A shape of Vega. */
  readonly shape: string;
  /** Lengths of the dashes and gaps of its line; a solid one has a gap of 0. */
  readonly dash: readonly [number, number];
  /** Whether marks are hollow: it does not run in JavaScript. */
  readonly hollow: boolean;
}

const SOLID: Style["dash"] = [1, 0];

/** Each colour with each shape; those that differ in both come first. */
function looks(
  colors: readonly string[],
  shapes: readonly string[],
  dash = SOLID,
  hollow = false,
): readonly Style[] {
  return shapes.flatMap((_, round) =>
    colors.map((color, i) => {
      const shape = shapes[(i + round) % shapes.length]!;
      return { color, shape, dash, hollow };
    })
  );
}

/** By role, what a contender may look like; earlier ones are taken first. */
const LOOKS: Readonly<Record<Role, readonly Style[]>> = {
  ours: looks(
    ["#0072b2", "#56b4e9", "#003a5d", "#7a8fd6"],
    ["circle", "diamond", "triangle-up", "square"],
  ),
  floor: looks(["#8a8a8a", "#b0b0b0"], ["cross", "diamond"], [2, 3]),
  naive: looks(["#e69f00", "#a87400"], ["square", "diamond"]),
  native: looks(
    ["#000000", "#5a5a5a"],
    ["circle", "square", "triangle-up"],
    [7, 3],
    true,
  ),
  peer: looks(
    ["#d55e00", "#009e73", "#cc79a7", "#7f5539", "#6a3d9a"],
    ["triangle-up", "diamond", "triangle-down", "square"],
  ),
};

/** The contenders of a family, each once, in the order of a legend. */
export function contendersOf(family: FamilyReport): string[] {
  const names = new Set<string>();
  for (const { series } of family.cases) {
    for (const name of Object.keys(series)) names.add(name);
  }
  return [...names];
}

/**
 * A look for each contender. Who meet in a family differ in colour as long as there are
 * colours, but for variants of one; nobody looks like somebody else as long as there are
 * marks.
 */
export function stylesOf(
  families: readonly FamilyReport[],
): ReadonlyMap<string, Style> {
  const styles = new Map<string, Style>();
  const rivals = families.map(contendersOf);
  for (const name of new Set(rivals.flat())) {
    const role = roleOf(name);
    const met = rivals.filter((names) => names.includes(name)).flat();
    const colors = new Set(met.map((rival) => styles.get(rival)?.color));
    const taken = new Set(styles.values());
    const kin = styles.get(name.split(", ", 1)[0]!)?.color;
    const clash = (style: Style) => {
      const { color } = style;
      const wrong = role === "peer" && kin ? color !== kin : colors.has(color);
      return (wrong ? 2 : 0) + (taken.has(style) ? 1 : 0);
    };
    const [look] = LOOKS[role].toSorted((a, b) => clash(a) - clash(b));
    styles.set(name, look!);
  }
  return styles;
}
