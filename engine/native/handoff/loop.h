/* One thread, one poll loop. The handoff reads as a straight story: it starts something and runs the loop until that is done. */
#ifndef HANDOFF_LOOP_H
#define HANDOFF_LOOP_H

#include <poll.h>
#include <stdbool.h>

struct watch {
	int fd;
	short events;
	void (*ready)(void *argument, short events);
	void *argument;
	bool active;
};

struct timer {
	double at; /* boot_ms */
	void (*expired)(void *argument);
	void *argument;
	bool armed;
	double pause; /* before the next try, where it is started for that */
};

void loop_watch(struct watch *w);
void loop_unwatch(struct watch *w);
void timer_start(struct timer *t, double in_ms);
void timer_stop(struct timer *t);
/* For what has failed and is tried again: after a second at first, then ever later, up to half a minute. Nothing where it is armed already. */
void timer_retry(struct timer *t);
/* One turn, waiting at most `timeout_ms` (negative: for ever). */
void loop_turn(int timeout_ms);
/* Turns until `*done` is true (returns true) or `timeout_ms` passed (false). */
bool loop_until(const bool *done, double timeout_ms);

/* The same with a question instead of a flag. */
bool loop_wait(bool (*ready)(void), double timeout_ms);

#endif
