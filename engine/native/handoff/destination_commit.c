/* The commit at the destination: from the journal's word to a service that runs, in as many attempts and drivers as it takes. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "destination.h"
#include "events.h"
#include "failure.h"
#include "fault.h"
#include "fence.h"
#include "freezer.h"
#include "keeper.h"
#include "mutation.h"
#include "nested.h"
#include "route.h"

enum { NEXT_ATTEMPT_MS = 1000, CRIU_TIMEOUT_MS = 30000 };

static struct timer next_attempt;

static void try_again(void *unused) {
	(void)unused;
	here.commit_wanted = true;
}

/* The fence opens before the first packet may come; the tree runs before the source is told. Each may be done again. */
static int let_run(void) {
	if (fence_open() || route_run(here.c.routelocal))
		return -1;
	if (here.resume_pending && rpc_acknowledge(here.criu.socket))
		log_line("CRIU is gone, and with it its hold on the tree");
	here.resume_pending = false;
	return fault("thaw") ? -1 : freezer_thaw();
}

/* CRIU lets go of the tree, then ends: the sandbox's PID 1 becomes the root's parent. */
static void let_criu_end(void) {
	if (here.criu.pid <= 0)
		return;
	while (criu_next(&here.criu, CRIU_TIMEOUT_MS) && here.criu.last.type == RPC_NOTIFY)
		rpc_acknowledge(here.criu.socket);
	loop_unwatch(&here.criu.watch);
	close(here.criu.socket);
	while (waitpid(here.criu.pid, NULL, 0) < 0 && errno == EINTR)
		;
	here.criu = (struct criu){.socket = -1};
}

/* The journal says running: there is no way back, so what fails is tried until it succeeds. */
static void roll_forward(void) {
	if (let_run()) {
		log_line("the service does not run yet: %s", failure_text());
		if (!next_attempt.armed) {
			next_attempt = (struct timer){.expired = try_again};
			timer_start(&next_attempt, NEXT_ATTEMPT_MS);
		}
		return;
	}
	here.carries = true;
	destination_tell(FRAME_ACK, "", 0);
	journal_sync();
	event("commit", "running", "%s", "");
	let_criu_end();
	event("resume", "resumed", "%s", "");
	here.outcome = "committed";
	if (here.pages_whole)
		destination_pages_complete();
	if (here.c.owndump) {
		event_end("committed", "%s", "");
		here.over = true;
	}
	if (!config_post_copy(&here.c) && !here.c.owndump) {
		destination_await_retirement();
		event_end("committed", "%s", "");
	}
}

void destination_commit(void) {
	if (here.carries || journal_state() == WAITING) {
		destination_tell(FRAME_ACK, "", 0);
		return;
	}
	if (journal_state() == RUNNING) {
		roll_forward();
		return;
	}
	if (journal_state() == GATED)
		destination_look_at_pages();
	if (journal_state() != GATED) {
		destination_tell(FRAME_DISCARDED, "it was discarded", 16);
		return;
	}
	if (mutated("gate-before-record"))
		let_run();
	if (journal_write(RUNNING, WRITTEN)) {
		if (journal_state() == DISCARDED)
			destination_discard("the engine discarded it before the commit came");
		return; /* else still gated: the source asks again, or the deadline comes */
	}
	timer_stop(&here.deadline);
	if (config_post_copy(&here.c))
		keeper_committed();
	roll_forward();
}

/* Pages that were owed to a driver that died are lost, unless it had noted that they are whole: then nothing reads a zero. */
int destination_recover(void) {
	pages_asked_none(&here.pages);
	if (route_open() || freezer_open(here.c.freezer) || nested_open(here.c.sandboxpid) || fence_prepare(here.c.fenceopen))
		return -1;
	here.pages_whole = config_post_copy(&here.c) && destination_pages_were_whole();
	if (journal_state() == WAITING || (config_post_copy(&here.c) && !here.pages_whole))
		destination_pages_lost();
	else
		roll_forward();
	return 0;
}
