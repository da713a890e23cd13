// The jobs of a pool: threads that submit, take, run, cancel and read them.

import { pct } from "../../testing/mod.ts";
import { FULL, NEVER, REFUSED } from "./bodies/job_bodies.ts";
import { check } from "./bodies/tasks.ts";
import { hasRoom, jobTest } from "./job_model.ts";
import { ONE } from "./support.ts";

const FEW = [pct({ runs: 150 })], MANY = [pct({ runs: 500 })];
/** The number of an entry after which numbers begin anew. */
const LAST = (1 << 30) - 1;

// One submits, one takes.

jobTest("one waits, one takes, interrupted twice", [["see 1"], ["take"]], {
  has: [1],
});
jobTest("one submits and waits, one takes", [
  ["submit 1", "result 1"],
  ["take"],
], { strategies: ONE });
jobTest("one submits and waits by its bell, one takes", [
  ["submit 1", "bell 1"],
  ["take"],
], { strategies: ONE });
jobTest("a large job with a large outcome", [
  ["submit 30", "result 30"],
  ["take"],
], { strategies: ONE });
jobTest("a job whose outcome has no room", [
  ["submit 20", "result 20"],
  ["take"],
], { cells: 1, strategies: ONE });
jobTest("jobs are taken in the order of their submits", [
  ["submit 1", "submit 2", "bell 2", "bell 1"],
  ["take", "take"],
], {
  strategies: ONE,
  also: (_, order) => check(`${order}` === "1,2", `${order}`),
});
jobTest("a task waits for an outcome, another one on the bell", [
  ["submit 1", "submit 2", "start result 1", "start bell 2"],
  ["take", "take"],
], { strategies: ONE });
jobTest("a task takes, another one is given a job in its turn", [
  ["submit 1", "submit 2", "bell 2", "bell 1"],
  ["start take", "start take"],
], { strategies: ONE });
jobTest("a thread takes what it submits", [
  ["start timed take", "turn", "submit 1", "turn", "timed result 1"],
  ["try take"],
], { strategies: ONE });

// What ends a wait early.

jobTest("a timeout of a take against the submit", [
  ["timed take"],
  ["submit 1"],
], { strategies: ONE });
jobTest("a timeout of a task's take against the submit", [
  ["start timed take"],
  ["submit 1"],
], { strategies: ONE });
jobTest("a timeout of a wait for an outcome against the end", [
  ["submit 1", "timed result 1"],
  ["take"],
], { strategies: ONE });
jobTest("a timeout on the bell against the end", [
  ["submit 1", "start timed bell 1"],
  ["take"],
], { strategies: ONE });

// Several submit, several take.

jobTest("two submit, one takes", [
  ["submit 1", "result 1"],
  ["submit 2", "bell 2"],
  ["take", "take"],
], { strategies: FEW });
jobTest("one submits, two take", [
  ["submit 1", "submit 2", "bell 2", "bell 1"],
  ["take"],
  ["take"],
], { strategies: FEW });
jobTest("two wait for one outcome, one takes", [
  ["see 1"],
  ["start see 1"],
  ["take"],
], { has: [1], strategies: FEW });
jobTest("more take than there are slots", [
  ["take"],
  ["start take"],
  ["submit 1", "submit 2", "result 2", "result 1"],
], { slots: 1, strategies: FEW });
jobTest("one takes what is waited for, against its turn", [
  ["see 2"],
  ["take", "timed take"],
  ["own 2"],
], { has: [1, 2], strategies: FEW });

// The ring: where numbers begin anew, and where it is full.

for (const head of [LAST, LAST - 1]) {
  jobTest(`numbers begin anew behind ${LAST - head} entries`, [
    ["submit 1", "submit 2", "submit 3", "bell 3"],
    ["take", "take"],
    ["take"],
  ], { head, strategies: FEW });
}
jobTest("numbers begin anew while a take waits", [
  ["submit 1", "submit 2"],
  ["take", "take"],
], { head: LAST, strategies: ONE });
jobTest("a full ring is filled again", [
  ["submit 1", "submit 2", "submit 3", "bell 3"],
  ["take", "take", "take"],
], {
  entries: 1,
  strategies: ONE,
  also: (_, order) => check(`${order}` === "1,2,3", `${order}`),
});
jobTest("two fill a ring again", [
  ["take", "take"],
  ["take"],
  ["submit 4"],
], { entries: 1, has: [1, 2, 3], strategies: FEW });
jobTest("a task that fills the ring takes once", [
  ["start take", "start take"],
  ["submit 1", "submit 2", "submit 3"],
  ["try take"],
], { entries: 1, strategies: MANY });
jobTest("a submit against the fill of an empty ring", [
  ["submit 3", "submit 4"],
  ["take", "take", "take", "take"],
], { entries: 2, has: [1, 2], strategies: ONE });
jobTest("what waits for room is cancelled and freed", [
  ["submit 1", "submit 2", "submit 3", "forget 2", "forget 3"],
  ["try take", "try take"],
], { entries: 1, strategies: ONE });
jobTest("the first that waits for room is freed, and the next one waits", [
  ["submit 1", "submit 2", "submit 3", "forget 2", "timed result 3"],
  ["take", "take", "timed take"],
], { entries: 1, strategies: FEW });
jobTest("two of a shut pool take all, and neither leaves before that", [
  ["serve"],
  ["serve"],
], {
  entries: 1,
  has: [1, 2],
  shut: true,
  strategies: MANY,
  also: ({ marks }) => check(marks[NEVER] === 2, "one is left"),
});

// Jobs in the place of others.

jobTest("a job in the place of another one", [
  ["submit 1", "see 1", "resubmit 2", "result 2"],
  ["take", "take"],
], { strategies: MANY });
jobTest("a job in the place of one that has an entry", [
  ["submit 1", "cancel 1", "see 1", "resubmit 2", "timed result 2"],
  ["take", "timed take"],
], { strategies: FEW });
jobTest("no job in the place of one whose outcome has its own", [
  ["submit 20", "see 20", "resubmit 21", "result 21"],
  ["take", "take"],
], { strategies: FEW });
jobTest("a job in the place of another one, where the ring is full", [
  ["submit 1", "see 1", "resubmit 2", "result 2"],
  ["submit 4", "submit 5"],
  ["take", "take", "take", "take"],
], { entries: 1, strategies: [pct({ runs: 50 })], invariant: hasRoom });
jobTest("a job in the place of another one, against a shutdown", [
  ["submit 1", "see 1", "resubmit 2", "result 2"],
  ["serve"],
  ["drop"],
], { strategies: FEW });

// Cancels, shutdowns and want of memory.

jobTest("a cancel against the take, interrupted twice", [
  ["cancel 1"],
  ["try take"],
], { has: [1] });
jobTest("a cancel and the end of the job against the take", [
  ["submit 1", "forget 1", "result 1"],
  ["timed take"],
], { strategies: ONE });
jobTest("a cancelled job's memory is used again", [
  ["submit 11", "forget 11", "submit 12", "timed result 12"],
  ["take", "timed take"],
], { cells: 4, strategies: FEW });
jobTest("a cancelled job's memory is used again while its entry is in hand", [
  ["submit 1", "submit 2", "forget 1", "forget 2", "submit 12"],
  ["try take"],
], { entries: 1 });
jobTest("what a cancelled job does not need is used again", [
  ["submit 11", "trim 11", "submit 12", "timed result 12", "result 11"],
  ["take", "timed take"],
], { cells: 3, strategies: FEW });
jobTest("a cancel, a shutdown that cancels and a take, of one job", [
  ["cancel 1"],
  ["drop"],
  ["take"],
], { has: [1], strategies: FEW });
jobTest("a cancel wakes who waits for the outcome", [
  ["see 1"],
  ["start see 1"],
  ["cancel 1"],
], { has: [1], strategies: FEW });
jobTest("a shutdown against the submit and the take", [
  ["shut"],
  ["submit 2", "result 2"],
  ["serve"],
], { has: [1], strategies: FEW });
jobTest("a shutdown wakes all who take", [
  ["serve"],
  ["start serve"],
  ["shut", "submit 1"],
], {
  strategies: FEW,
  also: ({ marks }) => {
    check(marks[NEVER] === 2, "one is left");
    check(marks[REFUSED] === 1, "a submit was not refused");
  },
});
jobTest("a shutdown that cancels, against the submit and the take", [
  ["drop"],
  ["submit 1", "submit 2", "result 2", "result 1"],
  ["serve"],
], { entries: 1, strategies: FEW });
jobTest("a shutdown that cancels, against the fill", [
  ["drop"],
  ["serve"],
], { entries: 1, has: [1, 2, 3], strategies: ONE });
jobTest("of two submits one finds no memory, until it is freed", [
  ["submit 1", "result 1", "submit 2", "result 2"],
  ["take", "take"],
], {
  cells: 1,
  strategies: FEW,
  also: ({ marks }) => check(marks[FULL] === 0, "there was no memory"),
});
jobTest("two submit where one has room, one takes", [
  ["submit 1", "timed result 1"],
  ["submit 2", "timed result 2"],
  ["timed take"],
], {
  cells: 1,
  strategies: FEW,
  also: ({ marks }) => check(marks[FULL]! < 2, "there was memory for one"),
});
jobTest("two break it, one submits", [
  ["break"],
  ["break"],
  ["submit 1", "start bell 1"],
], { strategies: FEW });
jobTest("it breaks without memory for the reason", [
  ["break"],
  ["submit 2", "submit 3", "result 2"],
  ["serve"],
], {
  cells: 2,
  has: [1],
  strategies: FEW,
});
