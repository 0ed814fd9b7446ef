#define _GNU_SOURCE
#include "pages_ahead.h"

#include <string.h>
#include <unistd.h>

#include "buffer.h"
#include "events.h"
#include "failure.h"
#include "fault.h"
#include "loop.h"
#include "pace.h"
#include "pages.h"
#include "present_pages.h"
#include "sent_pages.h"
#include "source.h"
#include "tree_memory.h"

/*
 * SLICE: between two looks at what else there is to do. SAID: each message wakes the peer, who has better to do. PUSH_MARK: an answer to a page fault
 * waits behind no more than this.
 */
enum { READ_PAGES = 64, SLICE_PAGES = 64, PAGES_SAID = 1024, LARGEST_PAGE = 64 << 10 };
enum { PUSH_MARK = 128 << 10, MOST_PUSHED = 8 << 20, LOOK_AGAIN_MS = 1 };

static struct link *peer;
static bool began; /* the destination was sent pages on this link, and waits for what becomes of them */
static struct sent_pages pages;
static struct pace pace;
static uint8_t bytes[READ_PAGES * LARGEST_PAGE];

static struct {
	bool under_way, settles, compared;
	struct tree_memory tree;
	size_t process;
	struct buffer runs;    /* of this process, not read yet */
	struct buffer same;    /* to be said */
	size_t unsaid;         /* pages in it */
	struct buffer changed; /* to be pushed when the tree is frozen */
	size_t sent;
} pass;

static void slice(void *argument);
static struct timer next_slice = {.expired = slice};

static void end_pass(void) {
	pass.under_way = false;
	timer_stop(&next_slice);
	tree_memory_close(&pass.tree);
	buffer_free(&pass.runs);
	buffer_free(&pass.same);
	buffer_free(&pass.changed);
}

void pages_ahead_free(void) {
	end_pass();
	sent_pages_free(&pages);
	if (peer && began)
		link_send(peer, FRAME_PAGES_SETTLED, "", 0);
	began = false;
}

void pages_ahead_link(struct link *link) {
	peer = NULL;
	pages_ahead_free();
	peer = link;
	pace_begin(&pace, self.c.bandwidth);
}

void pages_ahead_stop(void) {
	if (!pass.under_way)
		return;
	end_pass();
	if (!sent_pages_turn(&pages))
		pages_ahead_free();
}

static void begin(bool settles) {
	pages_ahead_stop();
	pass.settles = settles;
	pass.compared = false;
	pass.process = 0;
	pass.sent = pass.unsaid = 0;
	if (!peer || fault(settles ? "pages-settle" : "pages-ahead")) {
		pages_ahead_free();
		return;
	}
	pass.under_way = began = true;
	tree_memory_open(&pass.tree);
	if (pass.tree.count)
		present_pages(pass.tree.all[0].pid, &pass.runs);
	timer_start(&next_slice, 0);
}

void pages_ahead_pass(void) { begin(false); }

void pages_ahead_settle(void) {
	if (pages.before_count)
		begin(true);
	else
		pages_ahead_free();
}

bool pages_ahead_done(void) { return !pass.under_way; }

size_t pages_ahead_sent(void) { return pass.sent; }

static void send_pages(enum frame type, const struct page_request *head, const uint8_t *from) {
	size_t size = head->pages * (size_t)sysconf(_SC_PAGESIZE);
	link_send2(peer, type, head, sizeof *head, from, size);
	pass.sent += size;
	pace_spend(&pace, size);
}

static void note_same(const struct page_request *head) {
	struct page_request *last = buffer_size(&pass.same) ? (struct page_request *)(buffer_data(&pass.same) + buffer_size(&pass.same)) - 1 : NULL;
	pass.unsaid += head->pages;
	if (last && last->process == head->process && last->address + last->pages * (uint64_t)sysconf(_SC_PAGESIZE) == head->address)
		last->pages += head->pages;
	else
		buffer_add(&pass.same, head, sizeof *head);
}

/* Pages in a row, all of them as they were sent or all of them not. */
static void tell(const struct process_memory *m, uint64_t address, size_t count, const uint8_t *from, bool same) {
	struct page_request head = {PAGES_HERE, count, address, m->process};
	if (!pass.settles && !same)
		send_pages(FRAME_PAGES_AHEAD, &head, from);
	else if (pass.settles && !same)
		buffer_add(&pass.changed, &head, sizeof head);
	else if (pass.settles)
		note_same(&head);
}

/* False: the pass cannot go on. */
static bool compare(const struct process_memory *m, uint64_t address, size_t count) {
	size_t page = (size_t)sysconf(_SC_PAGESIZE), first = 0;
	bool same = false;
	for (size_t i = 0; i < count; i++) {
		struct page_tag tag;
		uint64_t at = address + i * page;
		if (!page_tag(bytes + i * page, page, &tag))
			return false;
		bool this = sent_pages_same(&pages, m->process, at, &tag);
		if (i && this != same) {
			tell(m, address + first * page, i - first, bytes + first * page, same);
			if (!pass.under_way) /* the link broke as we spoke: all is freed */
				return false;
			first = i;
		}
		same = this;
		if (!pass.settles && !sent_pages_note(&pages, m->process, at, &tag))
			return false;
	}
	tell(m, address + first * page, count - first, bytes + first * page, same);
	return pass.under_way;
}

/* The next stretch of memory; NULL: that was all. */
static struct page_run *next_run(void) {
	while (!buffer_size(&pass.runs))
		if (++pass.process >= pass.tree.count)
			return NULL;
		else
			present_pages(pass.tree.all[pass.process].pid, &pass.runs);
	return (struct page_run *)buffer_data(&pass.runs);
}

/* How many pages were looked at. 0: the pass is over. */
static size_t advance(void) {
	struct page_run *run = next_run();
	if (!run)
		return 0;
	const struct process_memory *m = &pass.tree.all[pass.process];
	size_t wanted = run->pages < READ_PAGES ? run->pages : READ_PAGES, got = tree_memory_read_fast(m, run->address, wanted, bytes);
	if (got && !compare(m, run->address, got)) {
		log_line("memory is not sent ahead any more");
		pages_ahead_free();
		return 0;
	}
	got = got ? got : 1; /* unmapped since: no harm, it will not be asked for either */
	run->address += got * (size_t)sysconf(_SC_PAGESIZE);
	run->pages -= got;
	if (!run->pages)
		buffer_consume(&pass.runs, sizeof *run);
	return got;
}

/*
 * Read anew: until the tree is frozen CRIU works in it, and may have its own code where it found the service's. More than the first of them are asked
 * for when they are needed: sent twice they would only be in the way. So are those that the bandwidth has no room for now.
 */
static void push_changed(void) {
	struct page_request head;
	while (pass.under_way && buffer_size(&pass.changed) && buffer_size(&peer->out) < PUSH_MARK) {
		memcpy(&head, buffer_data(&pass.changed), sizeof head);
		buffer_consume(&pass.changed, sizeof head);
		const struct process_memory *m = tree_memory_of(&pass.tree, head.process);
		head.pages = m && pass.sent < MOST_PUSHED && !pace_wait_ms(&pace) ? tree_memory_read(m, head.address, head.pages, bytes) : 0;
		if (head.pages)
			send_pages(FRAME_PAGES_PUSHED, &head, bytes);
	}
}

static void say_same(void) {
	if (!buffer_size(&pass.same) || (!pass.compared && pass.unsaid < PAGES_SAID))
		return;
	pass.unsaid = 0;
	link_send(peer, FRAME_PAGES_SAME, buffer_data(&pass.same), buffer_size(&pass.same));
	buffer_clear(&pass.same);
}

static void settled(void) {
	event("settle", "done", ",\"pushed\":%zu", pass.sent);
	pages_ahead_free();
}

static bool frozen(void) { return journal_state() != ARMED_S; }

static bool link_is_full(void) { return buffer_size(&peer->out) >= (pass.settles ? PUSH_MARK : LINK_OUTPUT_MARK); }

/* Saying that pages are the same sends none, and what waits for that is not to wait longer. */
static double rest_ms(void) { return pass.settles ? 0 : pace_wait_ms(&pace); }

static void slice(void *argument) {
	(void)argument;
	size_t looked = 1;
	if (link_is_full() || rest_ms() > 0) {
		pages_ahead_continue();
		return;
	}
	/* what has run since its freeze is nobody's memory any more */
	if (pass.settles && !source_stands_still()) {
		pages_ahead_free();
		return;
	}
	if (pass.settles && frozen())
		push_changed();
	for (size_t left = SLICE_PAGES; pass.under_way && !pass.compared && left; left -= looked < left ? looked : left)
		pass.compared = !(looked = advance());
	if (!pass.under_way)
		return;
	say_same();
	if (!pass.compared || (pass.settles && buffer_size(&pass.changed)))
		pages_ahead_continue();
	else if (pass.settles)
		settled();
	else
		pages_ahead_stop();
}

void pages_ahead_continue(void) {
	if (!pass.under_way || (pass.compared && !frozen()))
		return;
	double rest = rest_ms();
	timer_start(&next_slice, link_is_full() && rest < LOOK_AGAIN_MS ? LOOK_AGAIN_MS : rest);
}
