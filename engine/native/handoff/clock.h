#ifndef HANDOFF_CLOCK_H
#define HANDOFF_CLOCK_H

#include <time.h>

/* Milliseconds with fraction. */
static inline double clock_ms(clockid_t id) {
	struct timespec t;
	clock_gettime(id, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static inline double mono_ms(void) { return clock_ms(CLOCK_MONOTONIC); }

/* Goes on while the host sleeps: deadlines that a peer relies on are measured with it. */
static inline double boot_ms(void) { return clock_ms(CLOCK_BOOTTIME); }

#endif
