#define _GNU_SOURCE
#include "pages_asked.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "failure.h"
#include "fault.h"
#include "pages.h"
#include "pages_kept.h"

enum { READ_SIZE = 64 << 10, MOST_INBOUND = 4 << 20, LOCAL_BUFFER = 4 << 20, LONGEST_WAIT_MS = 200 };

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

/* Answers about the same pages keep their order: the daemon tells them apart by nothing else. */
static bool asked_already(const struct buffer *questions, const struct page_request *asked) {
	const struct page_request *open = (const struct page_request *)buffer_data(questions);
	for (size_t i = 0; i < buffer_size(questions) / sizeof *open; i++)
		if (open[i].process == asked->process && open[i].address == asked->address)
			return true;
	return false;
}

/* Out of what the source has sent ahead. */
static bool answer_here(struct pages_asked *p, const struct page_request *asked) {
	size_t before = buffer_size(&p->inbound);
	struct page_request answer = *asked;
	buffer_add(&p->inbound, &answer, sizeof answer);
	answer.command = PAGES_HERE;
	answer.pages = pages_kept_take(asked->process, asked->address, asked->pages, &p->inbound);
	if (answer.pages)
		memcpy(buffer_data(&p->inbound) + before, &answer, sizeof answer);
	else
		buffer_shrink(&p->inbound, before);
	return answer.pages;
}

static void answer_or_forward(struct pages_asked *p, const struct page_request *asked) {
	if (!asked_already(&p->questions, asked) && answer_here(p, asked)) {
		deliver(p);
		return;
	}
	buffer_add(&p->questions, asked, sizeof *asked);
	if (p->link)
		link_send(p->link, FRAME_PAGES, asked, sizeof *asked);
}

static void take_up_postponed(struct pages_asked *p) {
	struct buffer questions = p->postponed;
	struct page_request asked;
	p->postponed = (struct buffer){0};
	while (buffer_size(&questions)) {
		memcpy(&asked, buffer_data(&questions), sizeof asked);
		buffer_consume(&questions, sizeof asked);
		answer_or_forward(p, &asked);
	}
	buffer_free(&questions);
}

/* A process that comes to need such a page does not ask for it again. */
static void waited_long(void *argument) {
	struct pages_asked *p = argument;
	p->settling = false;
	take_up_postponed(p);
}

static void postpone(struct pages_asked *p, const struct page_request *asked) {
	buffer_add(&p->postponed, asked, sizeof *asked);
	p->patience.expired = waited_long;
	p->patience.argument = p;
	if (!p->patience.armed)
		timer_start(&p->patience, LONGEST_WAIT_MS);
}

/*
 * With a page that a process waits for come no more pages than these. Larger questions are the daemon's transfer of all the rest: while the source
 * settles what it has sent, they would only take its time.
 */
static bool can_wait(const struct page_request *asked) { return asked->pages * (size_t)sysconf(_SC_PAGESIZE) > LARGEST_FAULT; }

bool pages_asked_blocks(const struct pages_asked *p) {
	const struct page_request *open = (const struct page_request *)buffer_data(&p->questions);
	for (size_t i = 0; i < buffer_size(&p->questions) / sizeof *open; i++)
		if (!can_wait(open + i))
			return true;
	return false;
}

static void get(struct pages_asked *p, const struct page_request *asked) {
	if (asked_already(&p->postponed, asked))
		take_up_postponed(p);
	if (p->settling && can_wait(asked))
		postpone(p, asked);
	else
		answer_or_forward(p, asked);
}

static void question(struct pages_asked *p, const struct page_request *asked) {
	int32_t good = 0;
	switch (asked->command) {
	case PAGES_GET:
		get(p, asked);
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

void pages_asked_link_lost(struct pages_asked *p) {
	p->link = NULL;
	pages_kept_forget_open();
	p->settling = false;
	timer_stop(&p->patience);
	buffer_add(&p->questions, buffer_data(&p->postponed), buffer_size(&p->postponed));
	buffer_free(&p->postponed);
}

/* An earlier link may have ended without a word. */
void pages_asked_link(struct pages_asked *p, struct link *link) {
	pages_asked_link_lost(p);
	p->link = link;
	if (buffer_size(&p->questions))
		link_send(link, FRAME_PAGES, buffer_data(&p->questions), buffer_size(&p->questions));
	deliver(p);
}

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
	pages_kept_drop(answer.process, answer.address, answer.pages);
	buffer_consume(&p->questions, sizeof answer);
	buffer_add(&p->inbound, payload, size);
	deliver(p);
}

static bool whole(const struct page_request *head, size_t size) {
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	return head->address % page == 0 && head->pages <= LARGEST_ANSWER / page && size == sizeof *head + head->pages * page;
}

void pages_asked_ahead(struct pages_asked *p, const uint8_t *payload, size_t size, bool settled) {
	struct page_request head;
	p->received += size;
	if (p->local_ended || fault("pages-kept"))
		return;
	p->settling |= !settled;
	memcpy(&head, payload, size < sizeof head ? 0 : sizeof head);
	if (size >= sizeof head && whole(&head, size)) {
		pages_kept_put(head.process, head.address, head.pages, payload + sizeof head, settled);
		return;
	}
	failure("pages", "the source sends pages that are none");
	link_close(p->link, false);
}

void pages_asked_same(struct pages_asked *p, const uint8_t *payload, size_t size) {
	struct page_request head;
	p->received += size;
	for (size_t at = 0; at + sizeof head <= size; at += sizeof head) {
		memcpy(&head, payload + at, sizeof head);
		pages_kept_settle(head.process, head.address, head.pages);
	}
}

void pages_asked_settled(struct pages_asked *p) {
	p->settling = false;
	timer_stop(&p->patience);
	take_up_postponed(p);
}

void pages_asked_close(struct pages_asked *p) {
	loop_unwatch(&p->local);
	timer_stop(&p->patience);
	if (p->local.fd >= 0)
		close(p->local.fd);
	p->local.fd = -1;
	p->local_ended = true;
	buffer_free(&p->half);
	buffer_free(&p->questions);
	buffer_free(&p->postponed);
	buffer_free(&p->inbound);
	pages_kept_free();
}
