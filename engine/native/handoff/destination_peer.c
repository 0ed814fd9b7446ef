/* Connections from the source, and what it says on them. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "applog.h"
#include "destination.h"
#include "failure.h"

enum { MOST_LINKS = 8 };

static struct link links[MOST_LINKS];
static struct watch server;

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
	if (l == here.bulk && !here.pages_done) {
		pages_asked_link(&here.pages, l);
		destination_page_link_back();
	} else if (l == here.control && here.pages_done)
		destination_tell(FRAME_PAGES_DONE, "", 0);
}

static void control_frame(enum frame type, const uint8_t *p, size_t size) {
	switch (type) {
	case FRAME_IMAGES:
		destination_images(p, size);
		break;
	case FRAME_FILES:
		buffer_set(&here.changes, p, size);
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
	else if (l == here.bulk && (type == FRAME_PAGES_AHEAD || type == FRAME_PAGES_PUSHED))
		pages_asked_ahead(&here.pages, p, size, type == FRAME_PAGES_PUSHED);
	else if (l == here.bulk && type == FRAME_PAGES_SAME)
		pages_asked_same(&here.pages, p, size);
	else if (l == here.bulk && type == FRAME_PAGES_SETTLED)
		pages_asked_settled(&here.pages);
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
		destination_page_link_lost();
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

int destination_listen(void) {
	server = (struct watch){.fd = link_listen(here.c.listen), .events = POLLIN, .ready = acceptable};
	if (server.fd < 0)
		return -1;
	loop_watch(&server);
	return 0;
}
