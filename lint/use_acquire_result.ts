/**
 * The rule `use-acquire-result`.
 *
 * @module
 */

import { enclosing, Imports, methodOf, nameOf, type Node } from "./_syntax.ts";

type Call = Deno.lint.CallExpression;

/** What is lost with a result, why that matters, and what to write instead. */
interface Loss {
  readonly what: string;
  readonly why: string;
  readonly remedy: string;
}

/** A method, and the same with `Async`. */
interface Method {
  /** What is lost with its result, once it is awaited. */
  readonly loss?: Loss;
  /** Whether nothing is lost without a timeout: it returns true, then. */
  readonly ifTimed?: boolean;
  /** Whose it is; everybody's if left out. In other classes one of that name may be dropped. */
  readonly classes?: readonly string[];
}

const UNACQUIRED: Loss = {
  what: "boolean",
  why: "it is false when nothing was acquired",
  remedy: "Test it, as in `if (!lock.acquire(500)) return;`",
};
const UNFINISHED: Loss = {
  what: "boolean",
  why: "it is false when the timeout passed first",
  remedy: "Test it, or leave the timeout out",
};
const UNRELEASED: Loss = {
  what: "Held",
  why: "it is what releases at the end of a scope",
  remedy: "Write `using held = lock.hold();`, or use `run()`",
};
const UNAWAITED: Loss = {
  what: "promise",
  why: "what follows does not wait for it, and its error has no handler",
  remedy: "Write `await` before it",
};

const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ["acquire", { loss: UNACQUIRED, ifTimed: true }],
  ["tryAcquire", { loss: UNACQUIRED }],
  ["hold", { loss: UNRELEASED }],
  ["run", {}],
  ["wait", {
    loss: UNFINISHED,
    ifTimed: true,
    classes: ["CancelToken", "Event", "Latch"],
  }],
  ["join", {
    loss: UNFINISHED,
    ifTimed: true,
    classes: ["Thread", "Queue", "LifoQueue", "PriorityQueue"],
  }],
]);

interface Dropped {
  readonly call: Call;
  readonly name: string;
  readonly object: Node;
  readonly classes: Method["classes"];
  readonly loss: Loss;
}

/** Reports calls whose result says whether something is held, where nobody looks at it. */
export const useAcquireResult: Deno.lint.Rule = {
  create(context) {
    const imports = new Imports(context.sourceCode.ast);
    if (!imports.any) return {};
    const receivers = new Receivers(imports);
    const dropped: Dropped[] = [];
    return {
      TSTypeAnnotation: (node) => receivers.annotated(node),
      NewExpression: (node) => receivers.made(node, node.callee),
      CallExpression(call) {
        const called = methodOf(call);
        if (called === undefined) return;
        const { object, name } = called;
        if (name === "from") receivers.made(call, object);
        const method = METHODS.get(name.replace(/Async$/, ""));
        const loss = method && lossOf(call, name, method);
        if (loss === undefined) return;
        dropped.push({ call, name, object, classes: method?.classes, loss });
      },
      // What a receiver is may be written below its use.
      "Program:exit"() {
        for (const { call, name, object, classes, loss } of dropped) {
          if (!receivers.fit(object, classes)) continue;
          const { what, why, remedy } = loss;
          context.report({
            node: call,
            message: `The ${what} of ${name}() is dropped: ${why}`,
            hint: `${remedy}; \`void\` before it says that you mean it`,
          });
        }
      },
    };
  },
};

function lossOf(call: Call, name: string, method: Method): Loss | undefined {
  const use = useOf(call);
  if (use === undefined) return undefined;
  if (use === "dropped" && name.endsWith("Async")) return UNAWAITED;
  return method.ifTimed && !isTimed(call) ? undefined : method.loss;
}

/** How a statement uses the result of a call; undefined if something has it. */
function useOf(call: Call): "dropped" | "awaited" | undefined {
  let use: "dropped" | "awaited" = "dropped";
  for (const [parent, child] of enclosing(call)) {
    switch (parent.type) {
      case "AwaitExpression":
        use = "awaited";
        break;
      case "ChainExpression":
      case "TSAsExpression":
      case "TSNonNullExpression":
      case "TSSatisfiesExpression":
        break;
      case "LogicalExpression":
        if (child === parent.left) return undefined;
        break;
      case "ConditionalExpression":
        if (child === parent.test) return undefined;
        break;
      case "SequenceExpression":
        if (child !== parent.expressions.at(-1)) return use;
        break;
      case "ForStatement":
        return child === parent.test ? undefined : use;
      case "ExpressionStatement":
        return use;
      default:
        return undefined;
    }
  }
}

/** Whether a call of a waiting method may give up: its timeout is not for ever. */
function isTimed({ arguments: [wait] }: Call): boolean {
  if (wait?.type !== "ObjectExpression") {
    return wait !== undefined && !isForEver(wait);
  }
  return wait.properties.some((property) =>
    property.type === "SpreadElement" ||
    nameOf(property.key) === "timeout" && !isForEver(property.value)
  );
}

function isForEver(value: Node): boolean {
  return value.type === "Identifier" &&
    (value.name === "undefined" || value.name === "Infinity");
}

const FOREIGN = "a class of somebody else";

/** The classes of what is called, as far as the module writes them beside the same name. */
class Receivers {
  readonly #imports: Imports;
  readonly #classes = new Map<string, Set<string>>();

  constructor(imports: Imports) {
    this.#imports = imports;
  }

  /** Takes note of `lock: Lock`. */
  annotated(node: Deno.lint.TSTypeAnnotation): void {
    const type = node.typeAnnotation;
    for (const part of type.type === "TSUnionType" ? type.types : [type]) {
      if (part.type === "TSTypeReference") {
        this.#note(node.parent, part.typeName);
      }
    }
  }

  /** Takes note of `lock = new Lock()`, `lock = Lock.from(handle)` and `thread = new Thread(task).start()`. */
  made(node: Node, ofClass: Node): void {
    for (const [parent, child] of enclosing(node)) {
      const chained = parent.type === "MemberExpression"
        ? nameOf(parent) === "start"
        : parent.type === "CallExpression" && child === parent.callee;
      if (!chained) return this.#note(parent, ofClass);
    }
  }

  /** Whether an object may be of these classes, or else of any of the package. */
  fit(object: Node, classes: Method["classes"]): boolean {
    const known = [...this.#classes.get(nameOf(object) ?? "") ?? []];
    return classes === undefined
      ? known.length === 0 || known.some((name) => name !== FOREIGN)
      : known.length > 0 && known.every((name) => classes.includes(name));
  }

  #note(binding: Node, ofClass: Node): void {
    const name = boundName(binding);
    if (name === undefined) return;
    const classes = this.#classes.get(name) ?? new Set();
    this.#classes.set(name, classes);
    classes.add(this.#imports.exported(ofClass) ?? FOREIGN);
  }
}

/** The name that a declaration, a property or an assignment gives to a value. */
function boundName(node: Node): string | undefined {
  switch (node.type) {
    case "VariableDeclarator":
      return nameOf(node.id);
    case "AssignmentExpression":
    case "AssignmentPattern":
      return nameOf(node.left);
    case "AccessorProperty":
    case "Property":
    case "PropertyDefinition":
    case "TSPropertySignature":
      return nameOf(node.key);
    case "Identifier":
      return node.name;
  }
}
