/**
 * The rule `no-module-level-primitive`.
 *
 * @module
 */

import { enclosing, Imports, isFunction, type Node } from "./_syntax.ts";

/** The classes whose objects threads share. */
const SHARED: ReadonlySet<string> = new Set([
  "AtomicBigInt64",
  "AtomicBool",
  "AtomicFloat64",
  "AtomicInt32",
  "Barrier",
  "BoundedSemaphore",
  "CancelToken",
  "Channel",
  "Condition",
  "Counter",
  "Deque",
  "Event",
  "Latch",
  "LifoQueue",
  "Lock",
  "LongAdder",
  "Once",
  "OnceCell",
  "PriorityQueue",
  "Queue",
  "RLock",
  "RWLock",
  "Semaphore",
  "SharedLocal",
  "SharedMap",
  "SimpleQueue",
  "SpscQueue",
  "ThreadPoolExecutor",
]);

/** Reports shared objects that each thread would make for itself. */
export const noModuleLevelPrimitive: Deno.lint.Rule = {
  create(context) {
    const imports = new Imports(context.sourceCode.ast);
    if (!imports.any) return {};
    const made: [node: Deno.lint.NewExpression, name: string][] = [];
    let definesTasks = false;
    return {
      CallExpression(call) {
        definesTasks ||= imports.isTask(call);
      },
      NewExpression(node) {
        const name = imports.exported(node.callee);
        if (name === undefined || !SHARED.has(name)) return;
        if (runsInEachThread(node)) made.push([node, name]);
      },
      "Program:exit"() {
        if (!definesTasks) return;
        for (const [node, name] of made) {
          context.report({
            node,
            message:
              `Each thread that runs a task of this module loads the module, and makes another ${name} here, which it shares with nobody`,
            hint:
              `Make the ${name} under \`if (import.meta.main)\` or in a function, and pass it to the task as an argument`,
          });
        }
      },
    };
  },
};

/** Whether a node runs whenever its module is loaded, not only in the program. */
function runsInEachThread(node: Node): boolean {
  for (const [parent, child] of enclosing(node)) {
    if (isFunction(parent)) return false;
    switch (parent.type) {
      case "AccessorProperty":
      case "PropertyDefinition":
        if (!parent.static && child === parent.value) return false;
        break;
      case "IfStatement":
      case "ConditionalExpression":
        if (child === parent.consequent && saysMain(parent.test, true)) {
          return false;
        }
        if (child === parent.alternate && saysMain(parent.test, false)) {
          return false;
        }
        break;
      case "LogicalExpression":
        if (
          child === parent.right && parent.operator !== "??" &&
          saysMain(parent.left, parent.operator === "&&")
        ) return false;
        break;
    }
  }
  return true;
}

/** Whether a test that comes out so says that this is the program. */
function saysMain(test: Node, outcome: boolean): boolean {
  switch (test.type) {
    case "MemberExpression":
      return outcome && test.object.type === "MetaProperty" &&
        test.property.type === "Identifier" && test.property.name === "main";
    case "UnaryExpression":
      return test.operator === "!" && saysMain(test.argument, !outcome);
    case "LogicalExpression":
      return test.operator === (outcome ? "&&" : "||") &&
        (saysMain(test.left, outcome) || saysMain(test.right, outcome));
    default:
      return false;
  }
}
