/* Connections to the destination, and what it says on them. */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "events.h"
#include "failure.h"
#include "mutation.h"
#include "pages_ahead.h"
#include "pages_served.h"
#include "source.h"

enum { PEER_WAIT_MS = 5000 };

bool source_stands_still(void) {
	return !self.ran_on && (self.stopped || journal_state() == FROZEN || journal_state() == HANDED_OFF || journal_state() == OWING);
}

bool source_peer_ready(void) { return self.peer_ready && (!config_post_copy(&self.c) || self.pages_ready); }

int source_expect_peer(void) {
	if (loop_wait(source_peer_ready, PEER_WAIT_MS))
		return 0;
	return failure("peer-unreachable", "the destination's driver at %s is not reachable or not ready; the service runs on", self.c.peer);
}

static void say_hello(struct link *l, enum channel channel) {
	uint8_t head = (uint8_t)channel;
	link_send2(l, FRAME_HELLO, &head, sizeof head, self.c.migration, strlen(self.c.migration));
}

static void link_up(struct link *l) { say_hello(l, l == &self.control ? CHANNEL_CONTROL : CHANNEL_PAGES); }

static void link_down(struct link *l) {
	if (l == &self.control) {
		self.peer_ready = false;
		return;
	}
	self.pages_ready = false;
	pages_served_link(NULL);
	pages_ahead_link(NULL);
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
	if (size < 1 + APPLOG_SUMMARY) {
		log_line("the peer's greeting is too short");
		return;
	}
	if (l == &self.bulk) {
		self.pages_ready = true;
		pages_served_link(l);
		pages_ahead_link(l);
		return;
	}
	memcpy(self.peer_log, p + 1, sizeof self.peer_log);
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
		buffer_set(&self.dump_have, p, size);
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
	if (epoch != self.c.epoch && !mutated("epoch-ignored")) {
		log_line("a frame of epoch %u is ignored", epoch);
		return;
	}
	if (type == FRAME_READY)
		hear_ready(l, p, size);
	else if (l == &self.bulk && type == FRAME_PAGES)
		pages_served_asked(p, size);
	else if (l == &self.control)
		control_frame(type, p, size);
}

static void bulk_drained(struct link *l) {
	(void)l;
	pages_served_continue();
}

static void dial(struct link *l, const char *name) {
	*l = (struct link){.name = name, .peer_uri = self.c.peername, .epoch = self.c.epoch, .up = link_up, .down = link_down, .frame = frame};
	l->drained = l == &self.bulk ? bulk_drained : NULL;
	link_connect(l, self.c.peer);
}

void source_dial(void) {
	dial(&self.control, "control");
	if (config_post_copy(&self.c))
		dial(&self.bulk, "pages");
}
