#define _GNU_SOURCE
#include "pages_asked.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "failure.h"
#include "fault.h"
#include "pages.h"

enum { READ_SIZE = 64 << 10, MOST_INBOUND = 4 << 20, LOCAL_BUFFER = 4 << 20 };

static void local_ready(void *argument, short events);

int pages_asked_open(struct pages_asked *p, void (*unreadable)(void)) {
	int pair[2], size = LOCAL_BUFFER;
	*p = (struct pages_asked){.local = {.fd = -1}, .unreadable = unreadable};
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

void pages_asked_none(struct pages_asked *p) { *p = (struct pages_asked){.local = {.fd = -1}, .local_ended = true}; }

static void end_local(struct pages_asked *p) {
	if (!p->local_ended)
		log_line("the lazy-pages daemon closed its page socket");
	p->local_ended = true;
	loop_unwatch(&p->local);
}

static void deliver(struct pages_asked *p) {
	while (!p->local_ended && buffer_size(&p->inbound)) {
		ssize_t n = send(p->local.fd, buffer_data(&p->inbound), buffer_size(&p->inbound), MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN)
			break;
		if (n <= 0)
			end_local(p);
		else
			buffer_consume(&p->inbound, (size_t)n);
	}
	p->local.events = (short)(POLLIN | (buffer_size(&p->inbound) ? POLLOUT : 0));
	if (p->link)
		link_pause(p->link, buffer_size(&p->inbound) > MOST_INBOUND);
}

static void question(struct pages_asked *p, const struct page_request *asked) {
	int32_t good = 0;
	switch (asked->command) {
	case PAGES_GET:
		buffer_add(&p->questions, asked, sizeof *asked);
		if (p->link)
			link_send(p->link, FRAME_PAGES, asked, sizeof *asked);
		break;
	case PAGES_CLOSE:
	case PAGES_FORCE_CLOSE: /* a farewell between two CRIUs; it ends here */
		buffer_add(&p->inbound, &good, sizeof good);
		deliver(p);
		break;
	default:
		log_line("the lazy-pages daemon asks for something unknown (%u)", asked->command);
	}
}

static void fetch(struct pages_asked *p) {
	struct page_request asked;
	ssize_t n = recv(p->local.fd, buffer_room(&p->half, READ_SIZE), READ_SIZE, MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		end_local(p);
		return;
	}
	buffer_grew(&p->half, (size_t)n);
	while (buffer_size(&p->half) >= sizeof asked) {
		memcpy(&asked, buffer_data(&p->half), sizeof asked);
		buffer_consume(&p->half, sizeof asked);
		question(p, &asked);
	}
}

static void local_ready(void *argument, short events) {
	struct pages_asked *p = argument;
	if (events & POLLOUT)
		deliver(p);
	if (events & (POLLIN | POLLHUP | POLLERR) && !p->local_ended)
		fetch(p);
}

void pages_asked_link(struct pages_asked *p, struct link *link) {
	p->link = link;
	if (buffer_size(&p->questions))
		link_send(link, FRAME_PAGES, buffer_data(&p->questions), buffer_size(&p->questions));
	deliver(p);
}

void pages_asked_link_lost(struct pages_asked *p) { p->link = NULL; }

/* Is it about the oldest question? */
static bool fits(const struct pages_asked *p, const struct page_request *answer, size_t size) {
	struct page_request asked;
	if (buffer_size(&p->questions) < sizeof asked)
		return false;
	memcpy(&asked, buffer_data(&p->questions), sizeof asked);
	return answer->address == asked.address && answer->process == asked.process && answer->pages <= asked.pages &&
	       size == sizeof asked + answer->pages * (size_t)sysconf(_SC_PAGESIZE);
}

void pages_asked_answer(struct pages_asked *p, const uint8_t *payload, size_t size) {
	struct page_request answer;
	if (!p->link || p->local_ended || fault("pages"))
		return;
	memcpy(&answer, payload, size < sizeof answer ? 0 : sizeof answer);
	if (size < sizeof answer || !fits(p, &answer, size)) {
		failure("pages", "the source answers something that was not asked");
		link_close(p->link, false);
		return;
	}
	if (!answer.pages) {
		p->unreadable();
		return;
	}
	p->received += size;
	buffer_consume(&p->questions, sizeof answer);
	buffer_add(&p->inbound, payload, size);
	deliver(p);
}

void pages_asked_close(struct pages_asked *p) {
	loop_unwatch(&p->local);
	if (p->local.fd >= 0)
		close(p->local.fd);
	p->local.fd = -1;
	p->local_ended = true;
	buffer_free(&p->half);
	buffer_free(&p->questions);
	buffer_free(&p->inbound);
}
