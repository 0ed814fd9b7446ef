#define _GNU_SOURCE
#include "loop.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "clock.h"

enum { MOST_WATCHES = 64, MOST_TIMERS = 16, FIRST_PAUSE_MS = 1000, LONGEST_PAUSE_MS = 30000 };

static struct watch *watches[MOST_WATCHES];
static struct timer *timers[MOST_TIMERS];

void loop_watch(struct watch *w) {
	if (w->active)
		return;
	for (size_t i = 0; i < MOST_WATCHES; i++)
		if (!watches[i]) {
			watches[i] = w;
			w->active = true;
			return;
		}
	abort();
}

void loop_unwatch(struct watch *w) {
	if (!w->active)
		return;
	w->active = false;
	for (size_t i = 0; i < MOST_WATCHES; i++)
		if (watches[i] == w)
			watches[i] = NULL;
}

void timer_start(struct timer *t, double in_ms) {
	t->at = boot_ms() + in_ms;
	if (t->armed)
		return;
	for (size_t i = 0; i < MOST_TIMERS; i++)
		if (!timers[i]) {
			timers[i] = t;
			t->armed = true;
			return;
		}
	abort();
}

void timer_stop(struct timer *t) {
	if (!t->armed)
		return;
	t->armed = false;
	for (size_t i = 0; i < MOST_TIMERS; i++)
		if (timers[i] == t)
			timers[i] = NULL;
}

void timer_retry(struct timer *t) {
	if (t->armed)
		return;
	t->pause = fmin(t->pause ? 2 * t->pause : FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
	timer_start(t, t->pause);
}

static int wait_ms(int timeout_ms) {
	double left = timeout_ms < 0 ? 1e9 : timeout_ms, now = boot_ms();
	for (size_t i = 0; i < MOST_TIMERS; i++)
		if (timers[i] && timers[i]->at - now < left)
			left = timers[i]->at - now;
	return left <= 0 ? 0 : (int)ceil(left);
}

static void expire(void) {
	double now = boot_ms();
	for (size_t i = 0; i < MOST_TIMERS; i++) {
		struct timer *t = timers[i];
		if (!t || t->at > now)
			continue;
		timer_stop(t);
		t->expired(t->argument);
	}
}

void loop_turn(int timeout_ms) {
	struct pollfd polled[MOST_WATCHES];
	struct watch *of[MOST_WATCHES];
	nfds_t count = 0;
	for (size_t i = 0; i < MOST_WATCHES; i++)
		if (watches[i] && watches[i]->events) {
			of[count] = watches[i];
			polled[count++] = (struct pollfd){.fd = watches[i]->fd, .events = watches[i]->events};
		}
	int ready = poll(polled, count, wait_ms(timeout_ms));
	for (nfds_t i = 0; ready > 0 && i < count; i++)
		/* an earlier callback may have ended this watch, or given it another descriptor */
		if (polled[i].revents && of[i]->active && of[i]->fd == polled[i].fd)
			of[i]->ready(of[i]->argument, polled[i].revents);
	expire();
}

bool loop_until(const bool *done, double timeout_ms) {
	double end = boot_ms() + timeout_ms;
	while (!*done) {
		double left = end - boot_ms();
		if (left <= 0)
			return false;
		loop_turn(left > 1e6 ? 1000000 : (int)ceil(left));
	}
	return true;
}

bool loop_wait(bool (*ready)(void), double timeout_ms) {
	double end = boot_ms() + timeout_ms;
	while (!ready()) {
		double left = end - boot_ms();
		if (left <= 0)
			return false;
		loop_turn(left > 1e6 ? 1000000 : (int)ceil(left));
	}
	return true;
}
