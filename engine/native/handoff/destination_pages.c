/* Post-copy's debt at the destination, and its end. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "destination.h"
#include "events.h"
#include "failure.h"
#include "fault.h"
#include "freezer.h"
#include "keeper.h"

static const char *note(void) {
	static char path[4096];
	snprintf(path, sizeof path, "%s/pages-whole", here.c.dir);
	return path;
}

bool destination_pages_were_whole(void) { return access(note(), F_OK) == 0; }

void destination_forget_pages(void) { unlink(note()); }

/* In the memory of the outer container, like the tree: a driver after us must not take a whole service for one that lacks pages. */
static void note_whole(void) {
	int fd = open(note(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		log_line("cannot write %s: the service would wait for its pages if this driver died", note());
	else
		close(fd);
}

void destination_pages_complete(void) {
	destination_await_retirement();
	keeper_end();
	pages_asked_close(&here.pages);
	/* first where coordinators read it, who tell the source if we die before it has heard us */
	event("pages", "done", ",\"bytes\":%llu", (unsigned long long)here.pages.received);
	destination_tell(FRAME_PAGES_DONE, "", 0);
	event_end("committed", "%s", "");
}

/* The userfaultfds are still held: nothing has read a zero, and nothing will. */
void destination_pages_lost(void) {
	here.cut_off = false;
	freezer_freeze();
	if (journal_state() != WAITING)
		journal_write(WAITING, SYNCED);
	here.outcome = "waiting";
	event_end("waiting", ",\"code\":\"pages-lost\"");
}

void destination_page_unreadable(void) {
	here.unreadable = false;
	log_line("the source cannot read a page that is asked for");
	if (destination_owns())
		destination_pages_lost();
	else if (journal_state() == GATED)
		destination_discard("the source cannot read a page that is asked for");
}

/* Its death may have come in the same moment as the commit, and not be noticed yet: then it still costs nothing but the migration. */
void destination_look_at_pages(void) {
	siginfo_t end = {0};
	bool ended = here.daemon > 0 && !waitid(P_PID, (id_t)here.daemon, &end, WEXITED | WNOHANG | WNOWAIT) && end.si_pid;
	if (ended)
		loop_unwatch(&here.daemon_end);
	if (ended || here.daemon_ended)
		destination_daemon_ended();
	if (here.unreadable)
		destination_page_unreadable();
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
	if (here.pages_whole) {
		note_whole();
		keeper_end();
	}
	if (here.carries && here.pages_whole)
		destination_pages_complete();
	else if (destination_owns() && !here.pages_whole)
		destination_pages_lost();
	else if (!here.pages_whole) /* before the commit: nothing is lost, the source has everything */
		destination_discard("the lazy-pages daemon died");
}
