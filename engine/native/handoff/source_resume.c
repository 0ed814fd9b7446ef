#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"
#include "dumpdir.h"
#include "events.h"
#include "failure.h"
#include "fault.h"
#include "files.h"
#include "freezer.h"
#include "hold.h"
#include "quiet.h"
#include "remaps.h"
#include "repair.h"
#include "source.h"

static unsigned long long mask_of(const char *status, const char *name) {
	const char *at = strstr(status, name);
	return at ? strtoull(at + strlen(name), NULL, 16) : 0;
}

/* CRIU stops a tree with SIGSTOP when it comes to its own end. To a frozen process that signal is pending. */
static bool is_stopped(pid_t pid) {
	char path[40];
	struct buffer text = {0};
	snprintf(path, sizeof path, "/proc/%d/status", pid);
	int failed = buffer_file(&text, AT_FDCWD, path);
	buffer_add(&text, "", 1);
	const char *status = failed ? "" : (char *)buffer_data(&text);
	unsigned long long stop = 1ULL << (SIGSTOP - 1);
	bool stopped = strstr(status, "State:\tT") || (mask_of(status, "\nSigPnd:") | mask_of(status, "\nShdPnd:")) & stop;
	buffer_free(&text);
	return stopped;
}

static int mend_connections(const pid_t *pids, ssize_t count) {
	int mended = 0;
	for (ssize_t i = 0; i < count; i++) {
		int one = fault("repair") ? -1 : repair_off(pids[i]);
		if (one < 0)
			return -1;
		mended += one;
	}
	return mended;
}

/* Before the thaw: SIGCONT takes a pending SIGSTOP away, and nobody has seen it. */
static void forget_stops(const pid_t *pids, ssize_t count, bool criu_finished) {
	for (ssize_t i = 0; i < count; i++)
		if (criu_finished || is_stopped(pids[i]))
			kill(pids[i], SIGCONT);
}

static void end_connections(const pid_t *pids, ssize_t count) {
	int ended = 0;
	for (ssize_t i = 0; i < count; i++) {
		int one = connections_end(pids[i]);
		if (one < 0)
			log_line("a connection was not ended: %s", failure_text());
		else
			ended += one;
	}
	log_line("%d connections were ended", ended);
}

/* The order matters: nothing runs before its sockets are whole, and no packet comes before there is someone to take it. */
int source_resume(const char *why) {
	pid_t *pids = NULL;
	log_line("the service goes on here: %s", why);
	link_send(&self.control, FRAME_ABORT, "", 0);
	bool was_frozen = journal_state() != ARMED_S;
	/* packets held: CRIU may have put sockets into repair, and its end lets the tree run */
	if ((was_frozen || self.holding) && freezer_freeze()) {
		if (was_frozen)
			return -1;
		log_line("resuming without a freeze");
	}
	bool criu_finished = self.criu.pid > 0 && self.criu.notified;
	criu_kill(&self.criu);
	ssize_t count = freezer_pids(&pids);
	int mended = count < 0 ? -1 : mend_connections(pids, count);
	if (mended < 0) {
		free(pids);
		event_end("in-doubt", ",\"code\":\"%s\"", failure_code());
		return -1;
	}
	forget_stops(pids, count, criu_finished && was_frozen);
	remaps_remove(self.c.sandboxpid, pids, count);
	self.ran_on = true; /* from the thaw on, also when the record of it fails */
	/* Nobody may restore it any more, should this container die before the record. */
	if (!config_post_copy(&self.c) && manifest_forget(self.c.dumpdir))
		log_line("%s", failure_text());
	int failed = quiet_set(false);
	if (!failed && self.taken_back)
		end_connections(pids, count);
	if (failed || freezer_thaw()) {
		free(pids);
		return -1;
	}
	free(pids);
	long packets = hold_release(self.c.localdev, self.c.localmac, self.c.routelocal);
	self.holding = false;
	event("release", packets < 0 ? "failed" : "released", ",\"packets\":%ld,\"sockets\":%d", packets, mended);
	if (journal_write(RUNNING, SYNCED))
		return -1;
	hold_close();
	quiet_remove();
	files_stop();
	event_end("aborted", "%s", "");
	self.outcome = "aborted";
	self.over = true;
	return packets < 0 ? -1 : 0;
}

int source_take_back(const char *why) {
	self.taken_back = true;
	return source_hold() ? -1 : source_resume(why);
}
