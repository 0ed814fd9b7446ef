/* Post-copy's debt at the destination, and its end. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/wait.h>

#include "destination.h"
#include "events.h"
#include "failure.h"
#include "fault.h"
#include "freezer.h"
#include "keeper.h"

void destination_pages_complete(void) {
	here.pages_done = true;
	keeper_end();
	pages_close(&here.pages);
	destination_tell(FRAME_PAGES_DONE, "", 0);
	event("pages", "done", ",\"bytes\":%llu", (unsigned long long)pages_received(&here.pages));
	event_end("committed", "%s", "");
}

/* The keeper still holds the userfaultfds: nothing has read a zero, and nothing will. */
static void pages_lost(void) {
	freezer_freeze();
	journal_write(WAITING, SYNCED);
	here.outcome = "waiting";
	event_end("waiting", ",\"code\":\"pages-lost\"");
}

void destination_daemon_ended(void) {
	int status = 0;
	here.daemon_ended = false;
	waitpid(here.daemon, &status, 0);
	here.daemon = 0;
	log_line("the lazy-pages daemon ended with status %d", status);
	if (here.pages_done || here.over)
		return;
	here.pages_whole = !status && !fault("pages-done");
	if (journal_state() == RUNNING && here.pages_whole)
		destination_pages_complete();
	else if (journal_state() == RUNNING)
		pages_lost();
	else if (!here.pages_whole) /* before the commit: nothing is lost, the source has everything */
		destination_discard("the lazy-pages daemon died");
}
