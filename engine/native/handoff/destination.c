#define _GNU_SOURCE
#include "destination.h"

#include "clock.h"
#include "ctl.h"
#include "events.h"
#include "failure.h"
#include "lock.h"
#include "tls.h"

enum { LINGER_MS = 5000 };

struct destination here = {.criu = {.socket = -1}};

/* One thing that the source asked for, in the order in which it may have asked. */
static void follow(void) {
	if (here.restore_wanted) {
		here.restore_wanted = false;
		destination_restore();
	}
	if (here.abort_wanted) {
		here.abort_wanted = false;
		if (destination_owns())
			destination_commit();
		else
			destination_discard("the source gave up");
	}
	if (here.commit_wanted) {
		here.commit_wanted = false;
		destination_commit();
	}
	if (here.daemon_ended)
		destination_daemon_ended();
	if (here.unreadable)
		destination_page_unreadable();
	if (here.pages_done && here.retired)
		here.over = true;
}

/* The next arrival waits for our port. Only a source in doubt, whose connection is broken, may still have to hear the word of this driver. */
static bool needless(void) {
	if (here.dismissed)
		return true;
	if (journal_state() != DISCARDED)
		return false;
	return here.control ? link_delivered(here.control) : !here.doubted;
}

static void linger(void) {
	for (double end = boot_ms() + LINGER_MS; boot_ms() < end && !needless();)
		if (destination_asked())
			destination_run_asked();
		else
			loop_turn(50);
}

int destination_run(const char *path) {
	if (config_read(&here.c, path, DESTINATION) || events_open(here.c.dir))
		return 1;
	if (lock_take(here.c.dir)) {
		event("lock", "busy", "%s", "");
		return 1;
	}
	if (journal_open(here.c.journal, here.c.epoch, here.c.migration, here.c.peername))
		return 1;
	if (ctl_open(here.c.dir, destination_ask) || destination_prepare() || tls_open(&here.c, DESTINATION) || (!here.c.owndump && destination_listen())) {
		if (!destination_owns())
			event_end("discarded", ",\"code\":\"%s\"", failure_code());
		ctl_close(here.c.dir);
		return 1;
	}
	event("prepare", "ready", "%s", "");
	while (!here.over) {
		follow();
		if (destination_asked())
			destination_run_asked();
		if (!here.over)
			loop_turn(-1);
	}
	linger();
	ctl_close(here.c.dir);
	return 0;
}
