#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "events.h"
#include "failure.h"
#include "fault.h"
#include "files.h"
#include "freezer.h"
#include "hold.h"
#include "initsock.h"
#include "mutation.h"
#include "nested.h"
#include "pages_ahead.h"
#include "quiet.h"
#include "route.h"
#include "source.h"
#include "clock.h"

/* AHEAD: passes go on while they find much to send. */
enum { MOST_PASSES = 4, FEW_BYTES = 1 << 20, AHEAD_TIMEOUT_MS = 300000 };
enum { DUMP_TIMEOUT_MS = 30000, FILES_TIMEOUT_MS = 30000, RESTORE_TIMEOUT_MS = 30000, ACCEPT_TIMEOUT_MS = 1000 };

static double began;

int source_hold(void) {
	if (self.holding)
		return 0;
	if (fault("hold") || route_run(self.c.routehold))
		return -1;
	self.holding = true;
	began = mono_ms();
	events_begin();
	event("hold", "held", "%s", "");
	if (!freezer_frozen())
		nested_await_accepted(ACCEPT_TIMEOUT_MS);
	return 0;
}

int source_log_tail(struct buffer *tail) {
	char answer[128];
	if (fault("drain") || init_request(self.c.initsock, "drain", answer, sizeof answer))
		return -1;
	return applog_take(self.c.applog, tail);
}

/* What is in the log before the freeze goes ahead, so that the freeze has only the last lines to send. */
static int send_log(void) {
	struct buffer tail = {0};
	int result = applog_take(self.c.applog, &tail);
	if (!result && buffer_size(&tail))
		link_send(&self.control, FRAME_LOG, buffer_data(&tail), buffer_size(&tail));
	buffer_free(&tail);
	return result;
}

/* CRIU writes its first image when it has stopped every process: the moment from which files cannot change any more. */
static int inotify = -1;
static bool compared;
static struct watch first_image;

static void settle(void) {
	if (!config_post_copy(&self.c) || self.stopped)
		return;
	self.stopped = true;
	pages_ahead_settle();
}

static void image_appeared(void *argument, short events) {
	char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	(void)argument, (void)events;
	ssize_t n = read(inotify, buffer, sizeof buffer);
	for (ssize_t at = 0; !compared && at < n;) {
		const struct inotify_event *e = (const struct inotify_event *)(buffer + at);
		at += (ssize_t)sizeof *e + e->len;
		if (e->len && image_name(e->name)) {
			compared = true;
			if (quiet_set(true))
				log_line("the sandbox may still send: %s", failure_text());
			event("dump", "stopped", "%s", "");
			files_go();
			settle();
		}
	}
}

static int expect_first_image(void) {
	char path[40];
	snprintf(path, sizeof path, "/proc/self/fd/%d", criu_images());
	inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (inotify < 0 || inotify_add_watch(inotify, path, IN_CREATE) < 0)
		return failure_errno("files", "cannot watch the images directory");
	first_image = (struct watch){.fd = inotify, .events = POLLIN, .ready = image_appeared};
	loop_watch(&first_image);
	return 0;
}

/* Deleted files that another name still holds are linked anew by the dump: then the comparison came too early. */
static int compare_again_for_remaps(void) {
	struct buffer changes = {0};
	bool remapped = faccessat(criu_images(), "remap-fpath.img", F_OK, 0) == 0;
	if (compared && !remapped)
		return 0;
	int result = compared ? files_collect(&changes, FILES_TIMEOUT_MS) : 0;
	buffer_free(&changes);
	compared = true;
	return result ? result : files_go();
}

static int dump_failed(void) {
	char line[400];
	criu_log_error("dump.log", line, sizeof line);
	return failure("dump-failed", "CRIU could not dump the application: %s", *line ? line : "no reason given");
}

/* Lets CRIU work until all images are written and the processes are stopped for good. */
static int dump(void) {
	if (criu_dump(&self.criu, true))
		return -1;
	while (criu_next(&self.criu, DUMP_TIMEOUT_MS)) {
		const struct rpc_message *m = &self.criu.last;
		if (m->type != RPC_NOTIFY)
			return dump_failed();
		if (!strcmp(m->script, "status-ready"))
			return 0;
		if (!strcmp(m->script, "pre-dump") && source_hold())
			return -1;
		if (rpc_acknowledge(self.criu.socket))
			return -1;
	}
	return dump_failed();
}

static int send_images(void) {
	struct buffer b = {0};
	int result = fault("images") ? -1 : images_pack(criu_images(), &self.pipes, &b);
	if (!result) {
		link_send(&self.control, FRAME_IMAGES, buffer_data(&b), buffer_size(&b));
		self.bytes = buffer_size(&b);
		event("images", "sent", ",\"bytes\":%zu", buffer_size(&b));
	}
	buffer_free(&b);
	return result;
}

static int send_changes(void) {
	struct buffer changes = {0}, tail = {0};
	int result = source_log_tail(&tail) || files_collect(&changes, FILES_TIMEOUT_MS) ? -1 : 0;
	if (!result) {
		if (buffer_size(&changes))
			link_send(&self.control, FRAME_FILES, buffer_data(&changes), buffer_size(&changes));
		if (buffer_size(&tail))
			link_send(&self.control, FRAME_LOG, buffer_data(&tail), buffer_size(&tail));
		self.bytes += buffer_size(&changes) + buffer_size(&tail);
		event("files", "sent", ",\"bytes\":%zu,\"log\":%zu", buffer_size(&changes), buffer_size(&tail));
	}
	buffer_free(&changes);
	buffer_free(&tail);
	return result;
}

static int freeze(void) {
	if (fault("freeze") || (!mutated("end-state-of-criu") && freezer_freeze()) || journal_write(FROZEN, WRITTEN))
		return -1;
	event("freeze", "frozen", "%s", "");
	settle(); /* unless the first image was seen in time */
	pages_ahead_continue();
	return 0;
}

static bool decided(void) { return self.restored || self.discarded || !self.peer_ready; }

int source_await_restored(double timeout_ms) {
	if (!loop_wait(decided, timeout_ms))
		return failure("restore-timeout", "the destination did not restore within %.0f s", timeout_ms / 1000);
	if (self.discarded)
		return failure("restore-failed", "the destination could not take the service over: %s", self.discard_reason);
	return self.restored ? 0 : failure("peer-lost", "the connection to the destination broke before the commit");
}

static int critical_section(void) {
	if (dump() || send_images() || freeze())
		return -1;
	if (rpc_acknowledge(self.criu.socket))
		return -1;
	if (compare_again_for_remaps() || send_changes())
		return -1;
	link_send(&self.control, FRAME_RESTORE, "", 0);
	return source_await_restored(RESTORE_TIMEOUT_MS);
}

static bool pass_over(void) { return pages_ahead_done() || source_abort_asked(); }

/* The service runs on meanwhile. */
static int send_ahead(void) {
	double end = mono_ms() + AHEAD_TIMEOUT_MS;
	for (int i = 0; i < MOST_PASSES; i++) {
		double start = mono_ms();
		pages_ahead_pass();
		bool whole = loop_wait(pass_over, end - start);
		pages_ahead_stop();
		if (source_abort_asked())
			return failure("aborted", "asked to, before anything was frozen; the service runs on");
		event("ahead", "sent", ",\"pass\":%d,\"bytes\":%zu,\"tookMs\":%.1f", i + 1, pages_ahead_sent(), mono_ms() - start);
		if (!whole || pages_ahead_sent() < FEW_BYTES)
			break;
	}
	return 0;
}

int source_handoff(void) {
	if (journal_state() == HANDED_OFF || journal_state() == OWING || journal_state() == RELAYING)
		return 0;
	if (journal_state() != ARMED_S)
		return failure("not-armed", "the journal says %s, not armedS; prepare the migration first", state_name(journal_state()));
	if (source_refuse_resumed() || source_expect_peer() || send_ahead() || freezer_insist_on_root())
		return -1;
	applog_begin(self.c.applog, self.peer_log);
	if (send_log() || expect_first_image())
		return -1;
	if (!critical_section())
		return 0;
	char code[40], text[700];
	snprintf(code, sizeof code, "%s", failure_code());
	snprintf(text, sizeof text, "%s", failure_text());
	if (source_resume(text))
		return -1;
	return failure(code, "%s", text);
}
