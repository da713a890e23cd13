/**
 * The rule `task-at-top-level`.
 *
 * @module
 */

import { enclosing, Imports, isFunction, type Node } from "./_syntax.ts";

/** Reports tasks that are made where a thread does not look for them. */
export const taskAtTopLevel: Deno.lint.Rule = {
  create(context) {
    const imports = new Imports(context.sourceCode.ast);
    if (!imports.any) return {};
    return {
      CallExpression(call) {
        if (!imports.isTask(call)) return;
        const place = placeOf(call);
        if (place === undefined) return;
        context.report({
          node: call,
          message:
            `A thread looks for a task at the top level of its module, and this one is made inside ${place}`,
          hint:
            "Write `export const name = task(import.meta, function name() { ... });` at the top level, and pass as arguments what it needs from here",
        });
      },
    };
  },
};

/** What keeps a node from the top level. */
function placeOf(node: Node): string | undefined {
  for (const [parent, child] of enclosing(node)) {
    if (isFunction(parent)) return "a function";
    switch (parent.type) {
      case "ClassBody":
        return "a class";
      case "BlockStatement":
        // The block of a function, of a class's static block, or its own.
        if (!isInner(parent.parent)) return "a block";
        break;
      case "IfStatement":
      case "ForStatement":
      case "ForInStatement":
      case "ForOfStatement":
      case "WhileStatement":
      case "DoWhileStatement":
      case "SwitchStatement":
        return "a block";
      case "ConditionalExpression":
        if (child !== parent.test) return "a condition";
        break;
      case "LogicalExpression":
        if (child !== parent.left) return "a condition";
        break;
    }
  }
}

function isInner(node: Node): boolean {
  return isFunction(node) || node.type === "StaticBlock";
}
