/**
 * What the rules know of a module: what it imports from the package, and what
 * encloses a node.
 *
 * @module
 */

/** A node of the syntax tree; Deno's own union lacks two of them. */
export type Node =
  | Deno.lint.Node
  | Deno.lint.AccessorProperty
  | Deno.lint.TSParameterProperty;

/** `@interlock/threading` however it is written: bare, `jsr:` with a version, `npm:@jsr/...`, a URL. */
const PACKAGE = /@(interlock\/|jsr\/interlock__)threading(?![\w-])/;

/** What a module imports from the package. */
export class Imports {
  readonly #names = new Map<string, string>();
  readonly #namespaces = new Set<string>();

  constructor(program: Deno.lint.Program) {
    for (const statement of program.body) {
      if (statement.type !== "ImportDeclaration") continue;
      if (!PACKAGE.test(statement.source.value)) continue;
      for (const specifier of statement.specifiers) {
        const local = specifier.local.name;
        if (specifier.type === "ImportNamespaceSpecifier") {
          this.#namespaces.add(local);
        } else if (specifier.type === "ImportSpecifier") {
          this.#names.set(local, nameOf(specifier.imported) ?? local);
        }
      }
    }
  }

  /** Whether it imports anything. */
  get any(): boolean {
    return this.#names.size > 0 || this.#namespaces.size > 0;
  }

  /** The name by which the package exports what an expression or a type names. */
  exported(node: Node): string | undefined {
    switch (node.type) {
      case "Identifier":
        return this.#names.get(node.name);
      case "MemberExpression":
        return this.#member(node.object, node.property);
      case "TSQualifiedName":
        return this.#member(node.left, node.right);
    }
  }

  /** Whether a call is `task(import.meta, ...)`. */
  isTask(call: Deno.lint.CallExpression): boolean {
    return call.arguments[0]?.type === "MetaProperty" &&
      this.exported(call.callee) === "task";
  }

  #member(object: Node, property: Node): string | undefined {
    if (object.type !== "Identifier") return undefined;
    return this.#namespaces.has(object.name) ? nameOf(property) : undefined;
  }
}

/** The name that a node writes last: of `lock`, `this.#lock` and `"lock"`. */
export function nameOf(node: Node): string | undefined {
  switch (node.type) {
    case "Identifier":
    case "PrivateIdentifier":
      return node.name;
    case "Literal":
      return typeof node.value === "string" ? node.value : undefined;
    case "MemberExpression":
      return node.computed && node.property.type !== "Literal"
        ? undefined
        : nameOf(node.property);
    case "ChainExpression":
    case "TSNonNullExpression":
      return nameOf(node.expression);
  }
}

/** The object and the name of the method that a call calls; in `lock?.acquire()` it is a chain. */
export function methodOf(
  { callee }: Deno.lint.CallExpression,
): { object: Node; name: string } | undefined {
  const member = callee.type === "ChainExpression" ? callee.expression : callee;
  if (member.type !== "MemberExpression") return undefined;
  const name = nameOf(member);
  return name === undefined ? undefined : { object: member.object, name };
}

/** Each parent of a node and the child it is reached from, from the inside to the program. */
export function* enclosing(node: Node): Generator<[parent: Node, child: Node]> {
  let child = node;
  while ("parent" in child && child.parent) {
    const parent: Node = child.parent;
    yield [parent, child];
    child = parent;
  }
}

/** Whether a node is a function: what it encloses runs when it is called. */
export function isFunction(node: Node): boolean {
  return node.type === "FunctionDeclaration" ||
    node.type === "FunctionExpression" ||
    node.type === "ArrowFunctionExpression";
}
