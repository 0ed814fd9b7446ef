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

static bool undelivered; /* packets that were held */

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

/* Nobody may restore any more what is older than what runs: before the thaw, and no thaw without it. */
static int forget_dump(void) { return config_post_copy(&self.c) ? 0 : manifest_forget(self.c.dumpdir); }

/* The order matters: nothing runs before its sockets are whole, and no packet comes before there is someone to take it. */
static int let_run(const char *why) {
	pid_t *pids = NULL;
	log_line("the service goes on here: %s", why);
	if (self.taken_back && source_hold())
		return -1;
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
		if (!self.resumes)
			event_end("in-doubt", ",\"code\":\"%s\"", failure_code());
		return -1;
	}
	self.resumes = self.ran_on = true;
	forget_stops(pids, count, criu_finished && was_frozen);
	remaps_remove(self.c.sandboxpid, pids, count);
	int failed = forget_dump() || quiet_set(false);
	if (!failed && self.taken_back)
		end_connections(pids, count);
	free(pids);
	if (failed || freezer_thaw())
		return -1;
	self.runs = true;
	long packets = hold_release(self.c.localdev, self.c.localmac, self.c.routelocal);
	self.holding = false;
	event("release", packets < 0 ? "failed" : "released", ",\"packets\":%ld,\"sockets\":%d", packets, mended);
	undelivered = packets < 0;
	return 0;
}

static int record(void) {
	if (journal_write(RUNNING, SYNCED))
		return -1;
	hold_close();
	quiet_remove();
	files_stop();
	event_end("aborted", "%s", "");
	self.outcome = "aborted";
	self.over = true;
	return undelivered ? -1 : 0;
}

static struct timer again;

static void try_again(void *unused) {
	(void)unused;
	if (!self.over)
		source_resume("it was decided");
}

int source_resume(const char *why) {
	if ((self.runs || !let_run(why)) && !record())
		return 0;
	if (self.resumes && !self.over) {
		log_line("the service does not go on yet, or without a record: %s", failure_text());
		again.expired = try_again;
		timer_retry(&again);
	}
	return -1;
}

int source_refuse_resumed(void) { return self.resumes ? failure("aborted", "this migration was given up, and the service goes on here; start a new one") : 0; }

static const char *taken_back_note(void) {
	static char path[4096];
	snprintf(path, sizeof path, "%s/taken-back", self.c.dir);
	return path;
}

bool source_was_taken_back(void) { return access(taken_back_note(), F_OK) == 0; }

/* Where the tree is, in the memory of the outer container: it is gone when that one has died. */
static int note_taken_back(void) {
	int fd = open(taken_back_note(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return failure_errno("take-back", "cannot note in %s that the service is taken back", taken_back_note());
	close(fd);
	return 0;
}

int source_take_back(const char *why) {
	if (note_taken_back())
		return -1;
	self.taken_back = self.resumes = self.ran_on = true;
	return source_resume(why);
}
