/**
 * The library that draws the charts; its versions are pinned here.
 *
 * @module
 */

export * as vega from "npm:vega@6.4.0";
export { compile, type TopLevelSpec } from "npm:vega-lite@6.5.0";
