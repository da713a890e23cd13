/**
 * The statistics that the report takes from libraries: medians and moments from
 * simple-statistics, and Student's distribution, which that does not have, from jStat.
 *
 * @module
 */

export {
  binomialDistribution,
  interquartileRange,
  mean,
  median,
  quantile,
  sampleVariance,
} from "npm:simple-statistics@7.12.1";
export { default as jstat } from "npm:jstat@1.9.6";
