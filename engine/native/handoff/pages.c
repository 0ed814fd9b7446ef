#define _GNU_SOURCE
#include "pages.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "failure.h"
#include "fault.h"

enum { READ_SIZE = 256 << 10, MOST_UNACKED = 8 << 20, MOST_INBOUND = 4 << 20, ACK_EVERY = 256 << 10, LOCAL_BUFFER = 4 << 20 };

static void local_ready(void *argument, short events);

int pages_open(struct pages *p) {
	int pair[2], size = LOCAL_BUFFER;
	*p = (struct pages){.local = {.fd = -1}};
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return failure_errno("pages", "cannot make the page channel");
	for (int i = 0; i < 2; i++) {
		setsockopt(pair[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
		setsockopt(pair[i], SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	}
	p->local = (struct watch){.fd = pair[0], .events = POLLIN, .ready = local_ready, .argument = p};
	loop_watch(&p->local);
	return pair[1];
}

uint64_t pages_received(const struct pages *p) { return p->received; }

static bool usable(const struct pages *p) { return p->link && p->link->state == LINK_UP && p->synchronized; }

static void set_events(struct pages *p) {
	bool room = buffer_size(&p->unacked) < MOST_UNACKED && (!usable(p) || buffer_size(&p->link->out) < LINK_OUTPUT_MARK);
	p->local.events = (short)((room ? POLLIN : 0) | (buffer_size(&p->inbound) ? POLLOUT : 0));
}

static void end_local(struct pages *p) {
	if (!p->local_ended)
		log_line("CRIU closed its page socket");
	p->local_ended = true;
	loop_unwatch(&p->local);
}

static void deliver(struct pages *p) {
	while (buffer_size(&p->inbound)) {
		ssize_t n = send(p->local.fd, buffer_data(&p->inbound), buffer_size(&p->inbound), MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN)
			break;
		if (n <= 0) {
			end_local(p);
			return;
		}
		buffer_consume(&p->inbound, (size_t)n);
	}
	if (usable(p))
		link_pause(p->link, buffer_size(&p->inbound) > MOST_INBOUND);
}

static void fetch(struct pages *p) {
	uint8_t *at = buffer_room(&p->unacked, READ_SIZE);
	ssize_t n = recv(p->local.fd, at, READ_SIZE, MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		end_local(p);
		return;
	}
	buffer_grew(&p->unacked, (size_t)n);
	if (usable(p))
		link_send(p->link, FRAME_PAGES, at, (size_t)n);
}

static void local_ready(void *argument, short events) {
	struct pages *p = argument;
	if (events & POLLOUT)
		deliver(p);
	if (events & (POLLIN | POLLHUP | POLLERR) && !p->local_ended)
		fetch(p);
	set_events(p);
}

void pages_synchronize(struct pages *p, struct link *link, uint64_t peer_received) {
	p->link = link;
	p->synchronized = true;
	if (peer_received < p->acked || peer_received - p->acked > buffer_size(&p->unacked)) {
		failure("pages", "the peer's page stream does not fit ours");
		link_close(link, false);
		return;
	}
	buffer_consume(&p->unacked, peer_received - p->acked);
	p->acked = peer_received;
	p->acknowledged = p->received;
	if (buffer_size(&p->unacked))
		link_send(link, FRAME_PAGES, buffer_data(&p->unacked), buffer_size(&p->unacked));
	set_events(p);
}

void pages_link_lost(struct pages *p) {
	p->synchronized = false;
	p->link = NULL;
	set_events(p);
}

static void acknowledge(struct pages *p) {
	uint8_t count[8];
	if (p->received - p->acknowledged < ACK_EVERY)
		return;
	p->acknowledged = p->received;
	put64(count, p->received);
	link_send(p->link, FRAME_PAGES_ACK, count, sizeof count);
}

void pages_frame(struct pages *p, enum frame type, const uint8_t *payload, size_t size) {
	if (!usable(p) || fault("pages"))
		return;
	if (type == FRAME_PAGES) {
		p->received += size;
		buffer_add(&p->inbound, payload, size);
		if (!p->local_ended)
			deliver(p);
		acknowledge(p);
	} else if (size == 8 && get64(payload) >= p->acked && get64(payload) - p->acked <= buffer_size(&p->unacked)) {
		buffer_consume(&p->unacked, get64(payload) - p->acked);
		p->acked = get64(payload);
	}
	set_events(p);
}

void pages_continue(struct pages *p) { set_events(p); }

void pages_close(struct pages *p) {
	loop_unwatch(&p->local);
	if (p->local.fd >= 0)
		close(p->local.fd);
	p->local.fd = -1;
	buffer_free(&p->inbound);
	buffer_free(&p->unacked);
}
