#define _GNU_SOURCE
#include "destination.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "applog.h"
#include "clock.h"
#include "ctl.h"
#include "events.h"
#include "failure.h"
#include "json.h"
#include "lock.h"
#include "tls.h"

enum { MOST_LINKS = 8, LINGER_MS = 5000, RETIRE_TIMEOUT_MS = 10000, SILENCE_MS = 60000 };

struct destination here = {.criu = {.socket = -1}};
static struct link links[MOST_LINKS];
static struct watch server;
static char pending[32];

void destination_tell(enum frame type, const void *payload, size_t size) {
	if (here.control)
		link_send(here.control, type, payload, size);
}

/* A peer in doubt takes `running` for an acknowledgement; `gated` makes it ask for the commit again. */
static enum state told_state(void) { return journal_state() == RUNNING && !here.carries ? GATED : journal_state(); }

static void greet(struct link *l) {
	uint8_t answer[1 + APPLOG_SUMMARY] = {(uint8_t)told_state()};
	if (l == here.control)
		applog_summary(here.c.applog, answer + 1);
	link_send(l, FRAME_READY, answer, sizeof answer);
}

/* A new connection takes the place of an old one, whose loss may not have been noticed yet. */
static void hello(struct link *l, const uint8_t *p, size_t size) {
	if (size < 1 || size - 1 != strlen(here.c.migration) || memcmp(p + 1, here.c.migration, size - 1)) {
		log_line("a peer greets for another migration");
		link_close(l, true);
		return;
	}
	struct link **place = p[0] == CHANNEL_CONTROL ? &here.control : &here.bulk;
	struct link *old = *place;
	*place = l;
	if (old && old != l)
		link_close(old, true);
	greet(l);
	if (l == here.bulk && !here.pages_done)
		pages_asked_link(&here.pages, l);
	else if (l == here.control && here.pages_done)
		destination_tell(FRAME_PAGES_DONE, "", 0);
}

static void keep(struct buffer *b, const uint8_t *p, size_t size) {
	buffer_consume(b, buffer_size(b));
	buffer_add(b, p, size);
}

static void control_frame(enum frame type, const uint8_t *p, size_t size) {
	switch (type) {
	case FRAME_IMAGES:
		destination_images(p, size);
		break;
	case FRAME_FILES:
		keep(&here.changes, p, size);
		break;
	case FRAME_LOG:
		if (journal_state() == ARMED_D && applog_put(here.c.applog, p, size))
			log_line("the log of the service is incomplete");
		break;
	case FRAME_DUMP_BEGIN:
	case FRAME_DUMP_DATA:
	case FRAME_DUMP_END:
		destination_dump_frame(type, p, size);
		break;
	case FRAME_RESTORE:
		here.restore_wanted = true;
		break;
	case FRAME_COMMIT:
		here.commit_wanted = true;
		break;
	case FRAME_ABORT:
		here.abort_wanted = true;
		break;
	case FRAME_PAGES_DONE:
		here.retired = true;
		break;
	default:
		log_line("unexpected frame %d on the control connection", type);
	}
}

static void frame(struct link *l, enum frame type, uint32_t epoch, const uint8_t *p, size_t size) {
	if (epoch != here.c.epoch) {
		log_line("a peer of epoch %u is refused, this is epoch %u", epoch, here.c.epoch);
		link_close(l, true);
		return;
	}
	if (type == FRAME_HELLO)
		hello(l, p, size);
	else if (l == here.bulk && type == FRAME_PAGES)
		pages_asked_answer(&here.pages, p, size);
	else if (l == here.control)
		control_frame(type, p, size);
}

static void up(struct link *l) { log_line("%s connection is up", l->name); }

static void down(struct link *l) {
	if (l == here.control)
		here.control = NULL;
	if (l == here.bulk) {
		here.bulk = NULL;
		pages_asked_link_lost(&here.pages);
	}
}

static void acceptable(void *argument, short events) {
	(void)argument, (void)events;
	int fd = accept4(server.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return;
	for (size_t i = 0; i < MOST_LINKS; i++)
		if (links[i].state == LINK_DOWN) {
			links[i] = (struct link){.name = "peer", .peer_uri = here.c.peername, .epoch = here.c.epoch, .up = up, .down = down,
						 .frame = frame};
			link_accept(&links[i], fd);
			return;
		}
	log_line("too many connections");
	close(fd);
}

static int listen_for_peer(void) {
	server = (struct watch){.fd = link_listen(here.c.listen), .events = POLLIN, .ready = acceptable};
	if (server.fd < 0)
		return -1;
	loop_watch(&server);
	return 0;
}

static bool ask(const char *verb, const char *request, struct buffer *answer) {
	(void)request;
	if (!strcmp(verb, "status")) {
		buffer_text(answer, "{\"ok\":true,\"state\":\"%s\",\"connected\":%s,\"pagesDone\":%s,\"outcome\":\"%s\"}", state_name(journal_state()),
			    here.control ? "true" : "false", here.pages_done ? "true" : "false", here.outcome ? here.outcome : "");
		return true;
	}
	if (strcmp(verb, "discard") && strcmp(verb, "finish")) {
		buffer_text(answer, "{\"ok\":false,\"code\":\"bad-request\",\"message\":\"unknown verb; the destination knows status, discard, finish\"}");
		return true;
	}
	snprintf(pending, sizeof pending, "%s", verb);
	return false;
}

static bool owns(void) { return journal_state() == RUNNING || journal_state() == WAITING; }

static int discard_verb(void) {
	if (owns())
		return failure("committed", "the service was committed here; migrate it back instead");
	destination_discard("asked to");
	return 0;
}

/* The source is told that all pages are in, and answers when it has retired; if it cannot, the service is nevertheless whole. */
static struct timer finish_limit;
static bool finish_late;

static void gone(void *unused) {
	(void)unused;
	here.over = true;
}

/* A coordinator gets its answer now; a source that lost its connection may still come back and ask who owns the service. */
static void give_up_waiting(void *unused) {
	(void)unused;
	finish_late = true;
	finish_limit = (struct timer){.expired = gone};
	timer_start(&finish_limit, SILENCE_MS);
}

void destination_await_retirement(void) {
	here.pages_done = true;
	finish_limit = (struct timer){.expired = give_up_waiting};
	timer_start(&finish_limit, RETIRE_TIMEOUT_MS);
}

/* 1: not yet. */
static int finish_verb(void) {
	if (!owns())
		return failure("not-committed", "the journal says %s; there is nothing to finish", state_name(journal_state()));
	if (journal_state() == WAITING)
		return failure("pages-missing", "a page that the service needs cannot be reached; the service is frozen and waits");
	if (!here.pages_done)
		return 1;
	if (!here.retired && !finish_late)
		return 1;
	here.over = true;
	return 0;
}

static void run_pending(void) {
	char verb[sizeof pending];
	struct buffer a = {0};
	snprintf(verb, sizeof verb, "%s", pending);
	int result = !strcmp(verb, "discard") ? discard_verb() : finish_verb();
	if (result > 0)
		return;
	*pending = 0;
	if (!result)
		buffer_text(&a, "{\"ok\":true,\"state\":\"%s\"}", state_name(journal_state()));
	else {
		buffer_text(&a, "{\"ok\":false,\"code\":\"%s\",\"state\":\"%s\",\"message\":", failure_code(), state_name(journal_state()));
		json_quote(&a, failure_text());
		buffer_add(&a, "}", 1);
	}
	ctl_answer(verb, &a);
	buffer_free(&a);
}

/* One thing that the source asked for, in the order in which it may have asked. */
static void follow(void) {
	if (here.restore_wanted) {
		here.restore_wanted = false;
		destination_restore();
	}
	if (here.abort_wanted) {
		here.abort_wanted = false;
		if (owns())
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
	if (journal_state() != DISCARDED)
		return false;
	return here.control ? link_delivered(here.control) : !here.doubted;
}

static void linger(void) {
	for (double end = boot_ms() + LINGER_MS; boot_ms() < end && !needless();)
		if (*pending)
			run_pending();
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
	if (ctl_open(here.c.dir, ask) || destination_prepare() || tls_open(&here.c, DESTINATION) || listen_for_peer()) {
		if (!owns())
			event_end("discarded", ",\"code\":\"%s\"", failure_code());
		ctl_close(here.c.dir);
		return 1;
	}
	event("prepare", "ready", "%s", "");
	while (!here.over) {
		follow();
		if (*pending)
			run_pending();
		if (!here.over)
			loop_turn(-1);
	}
	linger();
	ctl_close(here.c.dir);
	return 0;
}
