#define _GNU_SOURCE
#include "source.h"

#include "clock.h"
#include "ctl.h"
#include "events.h"
#include "failure.h"
#include "lock.h"
#include "tls.h"

enum { LINGER_MS = 5000 };

struct source self = {.criu = {.socket = -1}};

/* What the destination said while nobody asked. */
static void follow(void) {
	if (self.resumes)
		return;
	if (journal_state() == HANDED_OFF && self.acknowledged)
		source_committed();
	else if (journal_state() == HANDED_OFF && self.discarded)
		source_resume(self.discard_reason);
	else if ((journal_state() == FROZEN || journal_state() == ARMED_S) && self.discarded)
		source_resume(self.discard_reason);
	else if (journal_state() == OWING && self.pages_done && !self.retires)
		source_retire();
}

static void stop_after_linger(void) {
	for (double end = boot_ms() + LINGER_MS; boot_ms() < end;)
		if (source_asked())
			source_run_asked();
		else
			loop_turn(50);
}

int source_run(const char *path) {
	if (config_read(&self.c, path, SOURCE) || events_open(self.c.dir))
		return 1;
	if (lock_take(self.c.dir)) {
		event("lock", "busy", "%s", "");
		return 1;
	}
	if (journal_open(self.c.journal, self.c.epoch, self.c.migration, self.c.peer))
		return 1;
	if (ctl_open(self.c.dir, source_ask) || tls_open(&self.c, SOURCE) || source_prepare()) {
		if (journal_state() == ARMED_S)
			event_end("aborted", ",\"code\":\"%s\"", failure_code());
		ctl_close(self.c.dir);
		return 1;
	}
	source_dial();
	event("prepare", "ready", "%s", "");
	for (source_recover(); !self.over;) {
		loop_turn(-1);
		follow();
		while (source_asked() && !self.over)
			source_run_asked();
	}
	stop_after_linger();
	ctl_close(self.c.dir);
	return 0;
}
