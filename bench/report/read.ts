/**
 * Reads a report from a file, and refuses what is none.
 *
 * @module
 */

import type { Report } from "./report.ts";

/** What a value must be: a kind, the parts of an object, or what each one in it must be. */
type Shape = "number" | "string" | Parts | Each | All;
interface Parts {
  readonly parts: Readonly<Record<string, Shape>>;
}
interface Each {
  /** Of an array that is not empty. */
  readonly each: Shape;
}
interface All {
  /** Of an object. */
  readonly all: Shape;
}

const SHAPE: Shape = {
  parts: {
    date: "string",
    commit: "string",
    machine: {
      parts: {
        cpu: "string",
        cores: "number",
        memory: "number",
        os: "string",
        arch: "string",
      },
    },
    versions: { all: "string" },
    settings: {
      parts: {
        grid: "string",
        passes: "number",
        turns: "number",
        milliseconds: "number",
        quiet: "number",
      },
    },
    families: {
      each: {
        parts: {
          name: "string",
          title: "string",
          unit: "string",
          axis: "string",
          cases: {
            each: {
              parts: {
                id: "string",
                group: "string",
                series: {
                  all: { parts: { samples: { each: { each: "number" } } } },
                },
              },
            },
          },
        },
      },
    },
  },
};

/** Reads the report in a file. */
export function readReport(path: string): Report {
  let value: unknown;
  try {
    value = JSON.parse(Deno.readTextFileSync(path));
  } catch (error) {
    throw new Error(`Cannot read report: ${path} is not a file with JSON`, {
      cause: error,
    });
  }
  const format = (value as Partial<Report> | null)?.format;
  if (format !== 1) {
    throw new Error(
      `Cannot read report: 'format' in ${path} must be 1, received ${
        JSON.stringify(format)
      }`,
    );
  }
  check(value, SHAPE, "", path);
  return value as Report;
}

function check(value: unknown, shape: Shape, at: string, path: string): void {
  const refuse = (what: string): never => {
    const received = JSON.stringify(value)?.slice(0, 40);
    throw new Error(
      `Cannot read report: '${at}' in ${path} must be ${what}, received ${received}`,
    );
  };
  if (typeof shape === "string") {
    const kind: string = typeof value;
    if (kind !== shape) refuse(`a ${shape}`);
  } else if ("each" in shape) {
    if (!Array.isArray(value) || value.length === 0) {
      return refuse("an array that is not empty");
    }
    value.forEach((item, n) => check(item, shape.each, `${at}[${n}]`, path));
  } else {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return refuse("an object");
    }
    const fields = value as Record<string, unknown>;
    const parts = "parts" in shape ? Object.entries(shape.parts) : Object
      .keys(fields).map((name): [string, Shape] => [name, shape.all]);
    for (const [name, part] of parts) {
      check(fields[name], part, at === "" ? name : `${at}.${name}`, path);
    }
  }
}
