#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "events.h"
#include "failure.h"
#include "fault.h"
#include "files.h"
#include "freezer.h"
#include "hold.h"
#include "mutation.h"
#include "nested.h"
#include "pages_ahead.h"
#include "pages_served.h"
#include "quiet.h"
#include "remaps.h"
#include "source.h"

enum { FINISH_TIMEOUT_MS = 600000, KILL_TIMEOUT_MS = 10000 };

static bool answered(void) { return self.acknowledged || self.discarded; }

/* No commit was sent. Post-copy ends here; a stepwise migration may commit again, or abort. */
static int give_up(void) {
	char why[700];
	snprintf(why, sizeof why, "%s", failure_text());
	if (config_post_copy(&self.c))
		source_resume(why);
	return failure("commit-failed", "%s", why);
}

int source_commit(void) {
	switch (journal_state()) {
	case OWING:
	case RELAYING:
		return 0;
	case HANDED_OFF:
		break;
	case FROZEN:
		if (self.ran_on)
			return failure("not-frozen", "the service may have run since it was frozen; abort");
		if (!self.restored)
			return failure("not-restored", "the destination has not restored the service; run restore first");
		if (!mutated("commit-not-recorded") && journal_write(HANDED_OFF, WRITTEN))
			return give_up();
		if (!fault("commit"))
			link_send(&self.control, FRAME_COMMIT, "", 0);
		event("commit", "handedOff", "%s", "");
		break;
	default:
		return failure("not-restored", "the journal says %s; nothing to commit", state_name(journal_state()));
	}
	if (!loop_wait(answered, (double)self.c.answerwithin)) {
		if (mutated("resume-on-timeout"))
			return source_resume("no answer came");
		event_end("in-doubt", "%s", "");
		return failure("in-doubt", "the commit was sent and the destination does not answer; the service stays frozen, the driver keeps asking");
	}
	if (self.acknowledged)
		return source_committed();
	char why[sizeof self.discard_reason];
	snprintf(why, sizeof why, "%s", self.discard_reason);
	return source_resume(why) ? -1 : failure("discarded", "the destination discarded its copy: %s; the service runs on at the source", why);
}

void source_release(void) {
	long packets = hold_release(self.c.peerdev, self.c.peermac, self.c.routepeer);
	event("release", packets < 0 ? "failed" : "released", ",\"packets\":%ld,\"dropped\":%zu", packets, hold_dropped());
	self.holding = false;
}

int source_committed(void) {
	if (journal_state() == OWING || journal_state() == RELAYING)
		return 0;
	if (self.resumes)
		return failure("resumed", "the service goes on at the source: it was decided before the acknowledgement came");
	self.downtime = events_ms();
	if (journal_write(config_post_copy(&self.c) ? OWING : RELAYING, WRITTEN))
		return -1;
	event("commit", "committed", "%s", "");
	source_release();
	event_end("committed", ",\"downtimeMs\":%.3f", self.downtime);
	self.outcome = "committed";
	return config_post_copy(&self.c) ? 0 : source_retire();
}

/* The volumes are kept: what CRIU left in them is not the service's. */
static void tidy_files(void) {
	pid_t *pids;
	ssize_t count = freezer_pids(&pids);
	remaps_remove(self.c.sandboxpid, pids, count);
	if (count >= 0)
		free(pids);
}

static int taken_back(void) { return failure("taken-back", "the service is taken back: its destination is lost for good"); }

/* Also where it is written already: that line was not synced, not to lengthen the freeze. */
static int record_relaying(void) {
	static bool recorded;
	if (!recorded && journal_write(RELAYING, SYNCED))
		return -1;
	recorded = true;
	return 0;
}

static int retire(void) {
	if (fault("retire"))
		return -1;
	if (!self.retires)
		event("pages", "done", "%s", "");
	/* the tree's sockets die with it: nothing of that may reach a client */
	if (record_relaying() || nested_link_down())
		return -1;
	criu_kill(&self.criu);
	pages_ahead_free();
	pages_served_close();
	tidy_files();
	if (freezer_kill(KILL_TIMEOUT_MS))
		return -1;
	files_stop();
	hold_close();
	quiet_remove();
	link_send(&self.control, FRAME_PAGES_DONE, "", 0);
	event("retire", "retired", "%s", "");
	self.over = true;
	return 0;
}

static struct timer again;

static void try_again(void *unused) {
	(void)unused;
	source_retire();
}

/* The engine destroys all that is here before the service may arrive again; what stands here now may be that of the arrival. */
static int leave(void) {
	log_line("this migration has been retired here, or a newer one has begun");
	files_stop();
	quiet_remove();
	hold_close();
	self.over = true;
	return 0;
}

int source_retire(void) {
	if (self.over)
		return 0;
	if (self.resumes && journal_state() == OWING)
		return taken_back();
	if (journal_superseded())
		return leave();
	if (!retire())
		return 0;
	self.retires = true;
	log_line("what is frozen here is not destroyed yet: %s", failure_text());
	again.expired = try_again;
	timer_retry(&again);
	return -1;
}

static bool retired(void) { return self.pages_done || self.over || self.resumes || source_take_back_asked() || source_retire_asked(); }

int source_finish(void) {
	if (self.taken_back)
		return taken_back();
	if (journal_state() == RELAYING) {
		source_retire();
		return 0;
	}
	if (journal_state() != OWING)
		return failure("not-committed", "the journal says %s; there is nothing to finish", state_name(journal_state()));
	if (!loop_wait(retired, FINISH_TIMEOUT_MS))
		return failure("pages-missing", "not all pages have reached the destination within %d s; the frozen copy stays", FINISH_TIMEOUT_MS / 1000);
	if (self.taken_back || source_take_back_asked())
		return taken_back();
	return source_retire();
}
