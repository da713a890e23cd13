/**
 * The systematic tester.
 *
 * @module
 */

export { explore, replay } from "./explore.ts";
export type {
  Ended,
  Exploration,
  ExploreOptions,
  Failure,
  FailureKind,
  Faults,
  Model,
} from "./model.ts";
export {
  type Chance,
  type Linearization,
  linearize,
  type SequentialModel,
} from "./linearize.ts";
export {
  litmus,
  type LitmusOptions,
  type LitmusOutcome,
  type LitmusResult,
} from "./litmus.ts";
export { dfs, pct, random, type Strategy } from "./strategy.ts";
export { shared, type SharedView } from "./_state.ts";
