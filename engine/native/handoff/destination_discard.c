#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "destination.h"
#include "events.h"
#include "failure.h"
#include "freezer.h"
#include "keeper.h"
#include "nested.h"

enum { KILL_TIMEOUT_MS = 10000 };

static void end_arrival(void) {
	nested_link_down(); /* a second fence */
	if (here.criu.pid > 0) {
		loop_unwatch(&here.criu.watch);
		kill(here.criu.pid, SIGKILL);
	}
	freezer_kill(KILL_TIMEOUT_MS);
	criu_kill(&here.criu);
	if (here.daemon > 0) {
		loop_unwatch(&here.daemon_end);
		kill(here.daemon, SIGKILL);
		waitpid(here.daemon, NULL, 0);
		here.daemon = 0;
	}
	here.daemon_ended = false;
	keeper_end();
}

void destination_discard(const char *why) {
	char text[700];
	int size = snprintf(text, sizeof text, "%s", why);
	log_line("discarding: %s", text);
	timer_stop(&here.deadline);
	here.doubted = here.doubted || journal_state() == GATED;
	/* Not taken back when the disk fails: an engine may have told it already. Should a loss of power take it, the copy is gone as well, and the source is asked. */
	if (journal_state() != DISCARDED && journal_write(DISCARDED, WRITTEN))
		return;
	journal_sync();
	end_arrival();
	destination_tell(FRAME_DISCARDED, text, (size_t)(size < (int)sizeof text ? size : (int)sizeof text - 1));
	event_end("discarded", "%s", "");
	here.outcome = "discarded";
	here.over = true;
}

/* The journal still says waiting: the engine, who begins the service afresh, writes the next word. */
void destination_give_up(void) {
	log_line("the service begins afresh: what waits for pages ends");
	here.cut_off = false;
	end_arrival();
	event_end("waiting", ",\"code\":\"given-up\"");
	here.outcome = "waiting";
	here.over = true;
}
