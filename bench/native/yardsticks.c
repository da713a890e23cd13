/*
 * Native yardsticks: what the primitives of the C library take for our rounds.
 * `bench/support/native.ts` compiles it, and talks to it by lines.
 *
 * First it says what compiled it, and which primitives there are. Then it reads
 *
 *   PRIMITIVE WORKERS TIMES INSIDE OUTSIDE EXTRA
 *   observe PRIMITIVE WORKERS MILLISECONDS INSIDE OUTSIDE EXTRA
 *
 * until its input ends. INSIDE and OUTSIDE are nanoseconds of work; EXTRA is the
 * permits of a semaphore, or the percentage of sections that read. Each is answered
 * by a line: how long the round took; or for each worker how many acquisitions it
 * had, how many of their latencies follow, and these; or "error" and why. All times
 * are in nanoseconds.
 *
 * The threads persist, and sleep between rounds.
 */

#include "primitives.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Where main sleeps until nobody is busy. */
static struct {
  LINE pthread_mutex_t mutex;
  pthread_cond_t done;
  unsigned busy;
} crew = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};

/* What the next round is of. */
static const struct primitive *chosen;

/* How many loops take a nanosecond on this machine, undisturbed; as in busy.ts. */
static double loops_per_nanosecond(void) {
  const uint64_t loops = 200000;
  uint64_t best = UINT64_MAX;
  for (int n = 0; n < 15; n++) {
    uint64_t start = now();
    busy(loops);
    uint64_t took = now() - start;
    if (took < best) best = took;
  }
  return (double)loops / (double)best;
}

static void *work(void *argument) {
  struct worker *me = argument;
  for (unsigned round = 0;;) {
    pthread_mutex_lock(&me->mutex);
    while (me->round == round) pthread_cond_wait(&me->started, &me->mutex);
    round = me->round;
    pthread_mutex_unlock(&me->mutex);
    if (has_cores()) spread(me);
    me->began = now();
    chosen->run(me);
    me->ended = now();
    pthread_mutex_lock(&crew.mutex);
    if (--crew.busy == 0) pthread_cond_signal(&crew.done);
    pthread_mutex_unlock(&crew.mutex);
  }
  return NULL;
}

/* Releases the workers of the load, and returns when the last of them is done. */
static void do_round(void) {
  crew.busy = load.workers;
  for (unsigned n = 0; n < load.workers; n++) {
    pthread_mutex_lock(&workers[n].mutex);
    workers[n].round++;
    pthread_cond_signal(&workers[n].started);
    pthread_mutex_unlock(&workers[n].mutex);
  }
  pthread_mutex_lock(&crew.mutex);
  while (crew.busy > 0) pthread_cond_wait(&crew.done, &crew.mutex);
  pthread_mutex_unlock(&crew.mutex);
}

/* What the workers counted, less what they did. */
static int64_t miscounted(void) {
  uint64_t counted = shared.count, done = 0;
  for (unsigned n = 0; n < load.workers; n++) {
    counted += workers[n].own;
    done += workers[n].acquired;
  }
  if (load.deadline == 0) done = load.times * load.workers;
  if (chosen->kind == MEETINGS) done = load.times;
  return (int64_t)(counted - done);
}

/* How long the last of them took, from when all had begun. */
static uint64_t duration(void) {
  uint64_t began = 0, ended = 0;
  for (unsigned n = 0; n < load.workers; n++) {
    if (workers[n].began > began) began = workers[n].began;
    if (workers[n].ended > ended) ended = workers[n].ended;
  }
  return ended - began;
}

/* Does a round, and returns how long it took. */
static uint64_t measure(void) {
  shared.count = 0;
  atomic_store(&start.met, 0);
  atomic_store(&start.together, false);
  for (unsigned n = 0; n < load.workers; n++) {
    workers[n].cell = &shared.count;
    workers[n].own = workers[n].acquired = 0;
  }
  uint64_t begin = now();
  uint64_t window = load.milliseconds * 1000000;
  if (window > 0) load.deadline = begin + window;
  do_round();
  return has_cores() ? duration() : now() - begin;
}

static void print_latencies(void) {
  for (unsigned n = 0; n < load.workers; n++) {
    uint64_t acquired = workers[n].acquired;
    uint64_t kept = acquired < KEPT ? acquired : KEPT;
    printf("%s%" PRIu64 " %" PRIu64, n > 0 ? " " : "", acquired, kept);
    for (uint64_t i = 0; i < kept; i++) printf(" %" PRIu64, latencies[n][i]);
  }
  printf("\n");
}

/* Reads a command into the load; returns what is wrong with it. */
static const char *read_command(const char *line, double loops) {
  static const char observe[] = "observe ";
  bool timed = strncmp(line, observe, strlen(observe)) == 0;
  char name[16];
  uint64_t inside, outside;
  load = (struct load){0};
  int found = sscanf(
      timed ? line + strlen(observe) : line,
      "%15s %u %" SCNu64 " %" SCNu64 " %" SCNu64 " %u", name, &load.workers,
      timed ? &load.milliseconds : &load.times, &inside, &outside, &load.extra);
  if (found != 6) return "not understood";
  load.inside = (uint64_t)((double)inside * loops + 0.5);
  load.outside = (uint64_t)((double)outside * loops + 0.5);
  chosen = NULL;
  for (size_t n = 0; n < KINDS; n++)
    if (strcmp(name, primitives[n].name) == 0) chosen = &primitives[n];
  if (chosen == NULL) return "unsupported";
  if (load.workers < 1 || load.workers > MOST_WORKERS)
    return "there must be 1 to 16 workers";
  if (chosen->kind == TURNS && load.workers != 2)
    return "there must be 2 workers";
  if (timed && chosen->kind != SECTIONS) return "cannot be observed";
  if (timed && load.milliseconds == 0) return "it must last a millisecond";
  return NULL;
}

static void answer(const char *line, double loops) {
  const char *wrong = read_command(line, loops);
  if (wrong == NULL && chosen->make() != 0) wrong = "cannot be made";
  if (wrong != NULL) {
    printf("error %s\n", wrong);
    return;
  }
  uint64_t took = measure();
  int64_t off = miscounted();
  if (chosen->end() != 0)
    printf("error somebody is still inside\n");
  else if (off != 0)
    printf("error the count is off by %" PRId64 "\n", off);
  else if (load.deadline > 0)
    print_latencies();
  else
    printf("%" PRIu64 "\n", took);
}

static void introduce(void) {
#ifdef __clang__
  printf("clang %d.%d.%d", __clang_major__, __clang_minor__,
         __clang_patchlevel__);
#else
  printf("gcc %d.%d.%d", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#endif
#ifdef __GLIBC__
  printf(", glibc %d.%d", __GLIBC__, __GLIBC_MINOR__);
#endif
  printf("\n");
  for (size_t n = 0; n < KINDS; n++)
    printf("%s%s", n > 0 ? " " : "", primitives[n].name);
  printf("\n");
}

int main(void) {
  double loops = loops_per_nanosecond();
  for (unsigned n = 0; n < MOST_WORKERS; n++) {
    struct worker *worker = &workers[n];
    pthread_t thread;
    pthread_mutex_init(&worker->mutex, NULL);
    pthread_cond_init(&worker->started, NULL);
    if (pthread_create(&thread, NULL, work, worker) != 0) return 1;
    pthread_detach(thread);
  }
  introduce();
  for (char line[128]; fflush(stdout), fgets(line, sizeof line, stdin) != NULL;)
    answer(line, loops);
  return 0;
}
