/**
 * The progress bar that a report shows.
 *
 * @module
 */

// @ts-types="npm:@types/cli-progress@3.11.6"
export { Presets, SingleBar } from "npm:cli-progress@3.12.0";
