/*
 * What main and its workers share, and what they do besides: work, and look at the clock.
 *
 * What different threads write stands on different lines of 64 bytes.
 */

#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <time.h>

#define MOST_WORKERS 16
/* The latencies that each worker keeps: the longest, and the last ones. */
#define KEPT (1 + 32768)
#define LINE _Alignas(64)
#define INLINE static inline __attribute__((always_inline))

/* Volatile: each increment is a load and a store, none is merged with the next. */
typedef volatile uint64_t Cell;

struct load {
  unsigned workers, extra;
  uint64_t times, inside, outside; /* Work in loops, not in nanoseconds. */
  uint64_t milliseconds, deadline; /* Zero if nothing is timed one by one. */
};

struct worker {
  LINE pthread_mutex_t mutex;
  pthread_cond_t started;
  unsigned round;
  LINE Cell own; /* What it counts where others may be inside as well. */
  Cell *cell;    /* Where it counts: there, or where all others are excluded. */
  unsigned turn; /* Towards the next section that writes, in percent. */
  uint64_t acquired; /* What it has timed. */
  uint64_t began, ended;
};

static struct worker workers[MOST_WORKERS];
static uint64_t latencies[MOST_WORKERS][KEPT];
/* Written by main between rounds. */
static struct load load;

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* The work of busy.ts. */
INLINE void busy(uint64_t loops) {
  uint32_t x = 1;
  for (uint64_t i = 0; i < loops; i++) {
    x = x * 1664525 + 1013904223;
    /* The compiler must believe that somebody wants to know each x. */
    __asm__ volatile("" : "+r"(x));
  }
}

/* The longest stays in the first place; what it displaces is kept instead. */
static void keep(struct worker *me, uint64_t latency) {
  uint64_t *kept = latencies[me - workers], n = me->acquired++;
  if (n > 0 && latency > kept[0]) {
    uint64_t shorter = kept[0];
    kept[0] = latency;
    latency = shorter;
  }
  kept[n < KEPT ? n : 1 + n % (KEPT - 1)] = latency;
}
