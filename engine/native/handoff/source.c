#define _GNU_SOURCE
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "ctl.h"
#include "events.h"
#include "failure.h"
#include "files.h"
#include "freezer.h"
#include "hold.h"
#include "json.h"
#include "lock.h"
#include "nested.h"
#include "quiet.h"
#include "route.h"
#include "tls.h"

enum { LINGER_MS = 5000, PEER_WAIT_MS = 5000 };

struct source self = {.criu = {.socket = -1}};
static char pending[32]; /* verb that the main loop runs next */
static char next_state[32];

static bool peer_is_ready(void) { return self.peer_ready && (!config_post_copy(&self.c) || self.pages.synchronized); }

int source_expect_peer(void) {
	if (loop_wait(peer_is_ready, PEER_WAIT_MS))
		return 0;
	return failure("peer-unreachable", "the destination's driver at %s is not reachable or not ready; the service runs on", self.c.peer);
}

static void say_hello(struct link *l, enum channel channel) {
	uint8_t head[9] = {(uint8_t)channel};
	put64(head + 1, pages_received(&self.pages));
	link_send2(l, FRAME_HELLO, head, sizeof head, self.c.migration, strlen(self.c.migration));
}

static void link_up(struct link *l) { say_hello(l, l == &self.control ? CHANNEL_CONTROL : CHANNEL_PAGES); }

static void link_down(struct link *l) {
	if (l == &self.control)
		self.peer_ready = false;
	else
		pages_link_lost(&self.pages);
}

static void note_discard(const uint8_t *text, size_t size) {
	self.discarded = true;
	snprintf(self.discard_reason, sizeof self.discard_reason, "%.*s", (int)size, (const char *)text);
	log_line("the destination discarded: %s", self.discard_reason);
}

/* The destination's journal, told on every connection: it settles what was in doubt. */
static void hear_state(enum state state) {
	self.peer_state = state;
	if (journal_state() == HANDED_OFF && (state == RUNNING || state == WAITING))
		self.acknowledged = true;
	else if (state == DISCARDED)
		note_discard((const uint8_t *)"its journal says discarded", 26);
	else if (journal_state() == FROZEN && state == GATED)
		self.restored = true;
	else if (journal_state() == HANDED_OFF && state == GATED)
		link_send(&self.control, FRAME_COMMIT, "", 0);
}

static void hear_ready(struct link *l, const uint8_t *p, size_t size) {
	if (size < 9 + APPLOG_SUMMARY) {
		log_line("the peer's greeting is too short");
		return;
	}
	if (l == &self.bulk) {
		pages_synchronize(&self.pages, l, get64(p + 1));
		return;
	}
	memcpy(self.peer_log, p + 9, sizeof self.peer_log);
	self.peer_ready = true;
	hear_state(p[0]);
}

static void control_frame(enum frame type, const uint8_t *p, size_t size) {
	switch (type) {
	case FRAME_RESTORED:
		self.restored = true;
		if (size >= 4)
			event("restore", "gated", ",\"destinationMs\":%.3f", get32(p) / 1e3);
		break;
	case FRAME_RESTORING:
		event("restore", "passed", ",\"note\":\"%.*s\"", (int)size, (const char *)p);
		break;
	case FRAME_ACK:
		self.acknowledged = true;
		break;
	case FRAME_DISCARDED:
		note_discard(p, size);
		break;
	case FRAME_PAGES_DONE:
		self.pages_done = true;
		break;
	case FRAME_DUMP_HAVE:
		buffer_consume(&self.dump_have, buffer_size(&self.dump_have));
		buffer_add(&self.dump_have, p, size);
		break;
	case FRAME_DUMP_END:
		self.dump_stored = true;
		break;
	case FRAME_DUMP_REFUSED:
		log_line("the destination could not store the dump: %.*s", (int)size, (const char *)p);
		self.refusal = true;
		break;
	default:
		log_line("unexpected frame %d on the control connection", type);
	}
}

static void frame(struct link *l, enum frame type, uint32_t epoch, const uint8_t *p, size_t size) {
	if (epoch != self.c.epoch) {
		log_line("a frame of epoch %u is ignored", epoch);
		return;
	}
	if (type == FRAME_READY)
		hear_ready(l, p, size);
	else if (l == &self.bulk)
		pages_frame(&self.pages, type, p, size);
	else
		control_frame(type, p, size);
}

static void bulk_drained(struct link *l) {
	(void)l;
	pages_continue(&self.pages);
}

static void dial(struct link *l, const char *name) {
	*l = (struct link){.name = name, .peer_uri = self.c.peername, .epoch = self.c.epoch, .up = link_up, .down = link_down, .frame = frame};
	l->drained = l == &self.bulk ? bulk_drained : NULL;
	link_connect(l, self.c.peer);
}

static int inode_of(const char *path, unsigned long *inode) {
	struct stat st;
	if (stat(path, &st))
		return failure_errno("bad-config", "cannot look at the application's pipe %s", path);
	*inode = st.st_ino;
	return 0;
}

int source_prepare(void) {
	if (route_open() || freezer_open(self.c.freezer) || nested_open(self.c.sandboxpid) || criu_open(&self.c))
		return -1;
	if (inode_of(self.c.out, &self.pipes.out) || inode_of(self.c.err, &self.pipes.err) || hold_open(self.c.hold) || quiet_prepare(self.c.localdev))
		return -1;
	if (criu_warm(&self.c) || (self.criu_pages = pages_open(&self.pages)) < 0 || files_start(&self.c))
		return -1;
	int high = fcntl(self.criu_pages, F_DUPFD_CLOEXEC, 200);
	close(self.criu_pages);
	self.criu_pages = high;
	return criu_start(&self.criu, &self.c, config_post_copy(&self.c) ? self.criu_pages : -1, NULL);
}

static void status(struct buffer *answer) {
	buffer_text(answer, "{\"ok\":true,\"state\":\"%s\",\"peer\":\"%s\",\"ready\":%s,\"held\":%zu,\"downtimeMs\":%.3f,\"outcome\":\"%s\"}",
		    state_name(journal_state()), self.peer_ready ? state_name(self.peer_state) : "unreachable", peer_is_ready() ? "true" : "false",
		    hold_packets(), self.downtime, self.outcome ? self.outcome : "");
}

static bool ask(const char *verb, const char *request, struct buffer *answer) {
	static const char *const verbs[] = {"handoff", "freeze", "final-dump", "transfer", "restore", "commit", "abort", "answer", "finish"};
	if (!strcmp(verb, "status")) {
		status(answer);
		return true;
	}
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (!strcmp(verb, verbs[i])) {
			if (*pending && strcmp(pending, verb) && strcmp(verb, "abort") && strcmp(verb, "answer")) {
				buffer_text(answer, "{\"ok\":false,\"code\":\"busy\",\"message\":\"%s is under way; ask again when it is done\"}", pending);
				return true;
			}
			if (!strcmp(verb, "answer"))
				json_string(request, "state", next_state, sizeof next_state);
			snprintf(pending, sizeof pending, "%s", verb);
			return false;
		}
	buffer_text(answer, "{\"ok\":false,\"code\":\"bad-request\",\"message\":\"unknown verb; the source knows status, handoff, freeze, final-dump, transfer, "
			    "restore, commit, abort, answer, finish\"}");
	return true;
}

static int abort_verb(void) {
	switch (journal_state()) {
	case RUNNING:
		return 0;
	case ARMED_S:
	case FROZEN:
		return source_resume("asked to");
	case HANDED_OFF:
		link_send(&self.control, FRAME_ABORT, "", 0); /* only a question: the destination's journal decides */
		if (self.discarded)
			return source_resume(self.discard_reason);
		return failure("in-doubt", "the commit was sent and the destination does not answer; the service stays frozen until its journal is known");
	default:
		return failure("committed", "the destination owns the service since its commit; finish the migration instead");
	}
}

static int answer_verb(void) {
	if (journal_state() != HANDED_OFF)
		return 0;
	if (!strcmp(next_state, "running"))
		return source_committed();
	if (!strcmp(next_state, "discarded"))
		return source_resume("the destination's journal says discarded");
	return failure("bad-request", "answer needs \"state\":\"running\" or \"state\":\"discarded\"");
}

static int run(const char *verb) {
	if (!strcmp(verb, "handoff"))
		return source_handoff() || source_commit() ? -1 : 0;
	if (!strcmp(verb, "freeze"))
		return source_freeze();
	if (!strcmp(verb, "final-dump"))
		return source_final_dump();
	if (!strcmp(verb, "transfer"))
		return source_transfer();
	if (!strcmp(verb, "restore"))
		return source_restore();
	if (!strcmp(verb, "commit"))
		return source_commit();
	if (!strcmp(verb, "abort"))
		return abort_verb();
	if (!strcmp(verb, "answer"))
		return answer_verb();
	return source_finish();
}

static void answer(const char *verb, int result) {
	struct buffer a = {0};
	if (!result)
		buffer_text(&a, "{\"ok\":true,\"state\":\"%s\",\"downtimeMs\":%.3f,\"bytes\":%zu,\"held\":%zu}", state_name(journal_state()), self.downtime,
			    self.bytes, hold_packets());
	else {
		char tail[3000];
		criu_log_tail("dump.log", tail, sizeof tail);
		buffer_text(&a, "{\"ok\":false,\"code\":\"%s\",\"state\":\"%s\",\"message\":", failure_code(), state_name(journal_state()));
		json_quote(&a, failure_text());
		buffer_text(&a, ",\"tail\":");
		json_quote(&a, tail);
		buffer_add(&a, "}", 1);
	}
	ctl_answer(verb, &a);
	buffer_free(&a);
}

static void run_pending(void) {
	char verb[sizeof pending];
	snprintf(verb, sizeof verb, "%s", pending);
	int result = run(verb);
	if (!strcmp(pending, verb))
		*pending = 0;
	answer(verb, result);
}

/* What the destination said while nobody asked. */
static void follow(void) {
	if (journal_state() == HANDED_OFF && self.acknowledged)
		source_committed();
	else if (journal_state() == HANDED_OFF && self.discarded)
		source_resume(self.discard_reason);
	else if ((journal_state() == FROZEN || journal_state() == ARMED_S) && self.discarded)
		source_resume(self.discard_reason);
	else if (journal_state() == OWING && self.pages_done)
		source_retire();
}

static void recover_frozen(bool ran) {
	self.ran_on = ran;
	if (config_post_copy(&self.c))
		source_resume("the driver was restarted before the commit");
	else if (ran) /* what the destination may have restored is older than what ran here */
		source_resume("the service may have run since it was frozen");
	else
		source_limit_freeze();
}

/* A driver that died is started again: the journal says what is left to do. The freezer comes first: a driver may have died in a resume. */
static void recover(void) {
	enum state state = journal_state();
	if (state != FROZEN && state != HANDED_OFF && state != OWING && state != RELAYING)
		return;
	bool ran = !freezer_frozen();
	if (freezer_freeze() || quiet_set(true))
		log_line("recovering: %s", failure_text());
	if (state == OWING || state == RELAYING) {
		source_release();
		event_end("committed", "%s", "");
	} else
		self.holding = true; /* the device and the route have outlived the driver */
	if (state == FROZEN)
		recover_frozen(ran);
	else if (state == RELAYING)
		source_retire();
}

static void stop_after_linger(void) {
	for (double end = boot_ms() + LINGER_MS; boot_ms() < end;)
		if (*pending)
			run_pending();
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
	if (ctl_open(self.c.dir, ask) || tls_open(&self.c, SOURCE) || source_prepare()) {
		event_end("aborted", ",\"code\":\"%s\"", failure_code());
		ctl_close(self.c.dir);
		return 1;
	}
	dial(&self.control, "control");
	if (config_post_copy(&self.c))
		dial(&self.bulk, "pages");
	event("prepare", "ready", "%s", "");
	for (recover(); !self.over;) {
		loop_turn(-1);
		follow();
		while (*pending && !self.over)
			run_pending();
	}
	stop_after_linger();
	ctl_close(self.c.dir);
	return 0;
}
