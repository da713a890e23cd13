// Threads of a pool that die at any point: who waits for what they ran learns of it, and
// what they were about to do is done by others.

import { pct } from "../../testing/mod.ts";
import { type JobTest, jobTest } from "./job_model.ts";
import { MANY_DEATHS, NONE } from "./support.ts";

const death: JobTest = { timeouts: "virtual", faults: { death: 1 } };

jobTest("one dies, who submits or who takes", [
  ["submit 1", "patient result 1"],
  ["patient take"],
], { ...death, strategies: NONE });
jobTest("one dies, who submits or who takes, by the bell", [
  ["submit 1", "patient bell 1"],
  ["patient take"],
], { ...death, strategies: NONE });
jobTest("one dies, whose outcome takes cells of its own", [
  ["submit 30", "patient result 30"],
  ["patient take"],
], { ...death, strategies: NONE });
jobTest("one dies, who submits in the place of another or who takes", [
  ["submit 1", "patient see 1", "resubmit 2", "patient result 2"],
  ["patient take", "patient take"],
], { ...death, strategies: MANY_DEATHS });
jobTest("one dies, who submits, and another one mends that", [
  ["submit 1"],
  ["submit 2", "try take", "try take", "try take"],
], { ...death, entries: 1, strategies: NONE });
jobTest("one dies, who fills a ring or takes from it", [
  ["patient take", "patient take"],
  ["submit 4"],
], { ...death, entries: 1, has: [1, 2, 3], strategies: NONE });
jobTest("one dies, who cancels and frees or who takes", [
  ["submit 11", "forget 11", "submit 2", "patient result 2"],
  ["patient take", "patient take"],
], { ...death, cells: 4, strategies: MANY_DEATHS });
jobTest("one dies, who shuts down and cancels or who takes", [
  ["drop"],
  ["patient take", "patient take"],
], { ...death, entries: 1, has: [1, 2, 3], strategies: NONE });
jobTest("one dies, who breaks it or who submits", [
  ["break"],
  ["submit 2", "patient result 2"],
], { ...death, entries: 1, has: [1], strategies: NONE });
jobTest("one of three dies, and another one runs what it took", [
  [
    "submit 1",
    "submit 2",
    "patient result 1",
    "bury",
    "patient result 2",
    "bury",
  ],
  ["patient take", "patient take"],
  ["patient take", "patient take"],
], { ...death, entries: 1, strategies: MANY_DEATHS });
jobTest("one of three dies, and the maker buries it", [
  ["patient see 1", "bury", "patient see 2", "bury"],
  ["submit 3", "submit 4", "patient result 4", "patient result 3"],
  ["patient take", "patient take", "patient take", "patient take"],
], { ...death, entries: 2, has: [1, 2], strategies: MANY_DEATHS });
jobTest("one of three dies, whose tasks take", [
  ["submit 1", "submit 2", "patient bell 1", "bury", "patient bell 2"],
  ["start patient take", "start patient take"],
  ["patient take", "patient take"],
], { ...death, strategies: MANY_DEATHS });
jobTest("one of three dies, one shuts down and cancels", [
  ["submit 1", "submit 2", "patient result 1", "patient result 2"],
  ["drop", "bury"],
  ["patient take", "patient take"],
], { ...death, entries: 1, strategies: MANY_DEATHS });
jobTest("one of three dies asleep and swallows a wake", [
  ["submit 1", "submit 2", "patient bell 1", "patient bell 2"],
  ["patient take", "patient take"],
  ["patient take", "patient take"],
], { ...death, faults: { zombie: 1 }, strategies: [pct({ runs: 150 })] });
