/*
 * The primitives of the C library, and what a worker does with each in a round.
 */

#include "spread.h"

#include <semaphore.h>

static struct {
  LINE pthread_mutex_t mutex;
  LINE pthread_cond_t condition;
  LINE pthread_rwlock_t rwlock;
#if _POSIX_SEMAPHORES > 0
  LINE sem_t semaphore;
#endif
#if _POSIX_BARRIERS > 0
  LINE pthread_barrier_t barrier;
#endif
  LINE Cell count; /* What is counted where all others are excluded. */
  LINE uint64_t turn; /* Of two workers, the one whose turn it is. */
} shared;

INLINE void timed_sections(struct worker *me, Cell *(*enter)(struct worker *),
                           void (*leave)(void)) {
  const struct load todo = load;
  for (uint64_t before; (before = now()) < todo.deadline;) {
    Cell *cell = enter(me);
    uint64_t after = now();
    busy(todo.inside);
    ++*cell;
    leave();
    keep(me, after - before);
    busy(todo.outside);
  }
}

INLINE void sections(struct worker *me, Cell *(*enter)(struct worker *),
                     void (*leave)(void)) {
  const struct load todo = load;
  for (uint64_t i = 0; i < todo.times; i++) {
    Cell *cell = enter(me);
    busy(todo.inside);
    ++*cell;
    leave();
    busy(todo.outside);
  }
}

/* Each use of it becomes a copy of both loops, without indirect calls. */
INLINE void run_sections(struct worker *me, Cell *(*enter)(struct worker *),
                         void (*leave)(void)) {
  if (load.deadline > 0)
    timed_sections(me, enter, leave);
  else
    sections(me, enter, leave);
}

static int make_mutex(void) {
  return pthread_mutex_init(&shared.mutex, NULL);
}
static Cell *lock_mutex(struct worker *me) {
  pthread_mutex_lock(&shared.mutex);
  return me->cell;
}
static void unlock_mutex(void) { pthread_mutex_unlock(&shared.mutex); }
static int end_mutex(void) { return pthread_mutex_destroy(&shared.mutex); }
static void run_mutex(struct worker *me) {
  run_sections(me, lock_mutex, unlock_mutex);
}

#ifdef PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP
static int make_adaptive(void) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ADAPTIVE_NP);
  int failed = pthread_mutex_init(&shared.mutex, &attributes);
  pthread_mutexattr_destroy(&attributes);
  return failed;
}
#endif

#if _POSIX_SEMAPHORES > 0
static int make_semaphore(void) {
  /* Without a permit nobody would ever be done. */
  return load.extra < 1 || sem_init(&shared.semaphore, 0, load.extra);
}
static Cell *take_permit(struct worker *me) {
  /* A signal may interrupt it. */
  while (sem_wait(&shared.semaphore) != 0) continue;
  return me->cell;
}
static void give_permit(void) { sem_post(&shared.semaphore); }
static int end_semaphore(void) {
  int left;
  sem_getvalue(&shared.semaphore, &left);
  return sem_destroy(&shared.semaphore) != 0 || left != (int)load.extra;
}
static void run_semaphore(struct worker *me) {
  /* Increments of several holders at a time would be lost. */
  if (load.extra > 1) me->cell = &me->own;
  run_sections(me, take_permit, give_permit);
}
#endif

static int make_rwlock(void) {
  return load.extra > 100 || pthread_rwlock_init(&shared.rwlock, NULL);
}
static Cell *enter_rwlock(struct worker *me) {
  me->turn += 100 - load.extra;
  if (me->turn < 100) {
    pthread_rwlock_rdlock(&shared.rwlock);
    return &me->own;
  }
  me->turn -= 100;
  pthread_rwlock_wrlock(&shared.rwlock);
  return &shared.count;
}
static void leave_rwlock(void) { pthread_rwlock_unlock(&shared.rwlock); }
static int end_rwlock(void) { return pthread_rwlock_destroy(&shared.rwlock); }
static void run_rwlock(struct worker *me) {
  /* Workers write at different turns. */
  me->turn = (unsigned)(me - workers) * 3 * (100 - load.extra) % 100;
  run_sections(me, enter_rwlock, leave_rwlock);
}

static int make_turns(void) {
  shared.turn = 0;
  return make_mutex() || pthread_cond_init(&shared.condition, NULL);
}
static Cell *await_turn(struct worker *me) {
  pthread_mutex_lock(&shared.mutex);
  while (&workers[shared.turn] != me)
    pthread_cond_wait(&shared.condition, &shared.mutex);
  return me->cell;
}
static void pass_turn(void) {
  shared.turn = 1 - shared.turn;
  pthread_cond_signal(&shared.condition);
  pthread_mutex_unlock(&shared.mutex);
}
static int end_turns(void) {
  return pthread_cond_destroy(&shared.condition) || end_mutex();
}
static void run_turns(struct worker *me) {
  run_sections(me, await_turn, pass_turn);
}

#if _POSIX_BARRIERS > 0
static int make_barrier(void) {
  return pthread_barrier_init(&shared.barrier, NULL, load.workers);
}
static void run_barrier(struct worker *me) {
  const struct load todo = load;
  for (uint64_t i = 0; i < todo.times; i++) {
    busy(todo.inside);
    /* Tells one of those who meet so. */
    if (pthread_barrier_wait(&shared.barrier) != 0) me->own++;
  }
}
static int end_barrier(void) {
  return pthread_barrier_destroy(&shared.barrier);
}
#endif

/* Who does sections needs nobody else; turns are of two, and to meetings all come. */
enum kind { SECTIONS, TURNS, MEETINGS };

static const struct primitive {
  const char *name;
  enum kind kind;
  int (*make)(void);
  void (*run)(struct worker *);
  int (*end)(void);
} primitives[] = {
    {"lock", SECTIONS, make_mutex, run_mutex, end_mutex},
#ifdef PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP
    {"adaptive-lock", SECTIONS, make_adaptive, run_mutex, end_mutex},
#endif
#if _POSIX_SEMAPHORES > 0
    {"semaphore", SECTIONS, make_semaphore, run_semaphore, end_semaphore},
#endif
    {"rwlock", SECTIONS, make_rwlock, run_rwlock, end_rwlock},
    {"condition", TURNS, make_turns, run_turns, end_turns},
#if _POSIX_BARRIERS > 0
    {"barrier", MEETINGS, make_barrier, run_barrier, end_barrier},
#endif
};
#define KINDS (sizeof primitives / sizeof primitives[0])
