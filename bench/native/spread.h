/*
 * A start for workers who have a core each, as in spread.ts: a round begins when all of
 * them run at the same time, which shows when they meet fast.
 */

#include "crew.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

enum { BATCH = 20, FAST = 50000, LATE = 100000000 }; /* Meetings; nanoseconds. */

static struct {
  LINE atomic_uint met;
  atomic_bool together;
} start;

static bool has_cores(void) {
  return load.workers <= (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
}

static void meet(unsigned *met) {
  *met += load.workers;
  atomic_fetch_add(&start.met, 1);
  while (atomic_load(&start.met) < *met) continue;
}

/* Returns when all run at the same time, or after a while if that is not to be. */
static void spread(const struct worker *me) {
  unsigned met = 0;
  uint64_t late = now() + LATE;
  do {
    meet(&met);
    uint64_t begin = now();
    for (int n = 0; n < BATCH; n++) meet(&met);
    uint64_t end = now();
    if (me == workers && (end - begin < FAST || end > late))
      atomic_store(&start.together, true);
    meet(&met);
  } while (!atomic_load(&start.together));
}
