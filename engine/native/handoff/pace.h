/* Bytes per second for what nobody waits for: a token bucket. */
#ifndef HANDOFF_PACE_H
#define HANDOFF_PACE_H

#include <stddef.h>

struct pace {
	double rate; /* bytes per second; 0: no limit */
	double left; /* may be sent at once; below 0 after something large */
	double at;   /* boot_ms of that */
};

void pace_begin(struct pace *p, long rate);
/* Milliseconds until something may be sent; 0: now. */
double pace_wait_ms(struct pace *p);
void pace_spend(struct pace *p, size_t bytes);

#endif
