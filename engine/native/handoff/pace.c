#include "pace.h"

#include "clock.h"

/* What was not used is kept for this long: an even flow, not one that catches up. */
enum { BURST_MS = 100 };

void pace_begin(struct pace *p, long rate) { *p = (struct pace){.rate = (double)rate, .at = boot_ms()}; }

static void refill(struct pace *p) {
	double now = boot_ms(), most = p->rate * BURST_MS / 1000;
	p->left += p->rate * (now - p->at) / 1000;
	p->left = p->left < most ? p->left : most;
	p->at = now;
}

double pace_wait_ms(struct pace *p) {
	if (p->rate <= 0)
		return 0;
	refill(p);
	return p->left >= 0 ? 0 : -p->left * 1000 / p->rate;
}

void pace_spend(struct pace *p, size_t bytes) {
	if (p->rate > 0)
		p->left -= (double)bytes;
}
