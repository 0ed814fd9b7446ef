#define _GNU_SOURCE
#include "pages_served.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"
#include "fault.h"
#include "frozen_memory.h"
#include "pages.h"
#include "source.h"

static struct link *peer;
static struct buffer questions;

void pages_served_link(struct link *link) {
	peer = link;
	buffer_clear(&questions);
}

/* Only memory that has stood still since the dump is what was dumped. */
static bool stood_still(void) {
	return !self.ran_on && (journal_state() == FROZEN || journal_state() == HANDED_OFF || journal_state() == OWING);
}

/* No page at all says that there is none to be had. */
static void answer(struct page_request asked) {
	static uint8_t *bytes;
	size_t page = (size_t)sysconf(_SC_PAGESIZE), most = LARGEST_ANSWER / page;
	if (!bytes)
		bytes = malloc(LARGEST_ANSWER);
	asked.pages = asked.pages < most ? asked.pages : most;
	asked.pages = fault("pages-read") || !stood_still() || !bytes ? 0 : frozen_pages(asked.process, asked.address, asked.pages, bytes);
	asked.command = PAGES_HERE;
	link_send2(peer, FRAME_PAGES, &asked, sizeof asked, bytes, asked.pages * page);
}

void pages_served_continue(void) {
	struct page_request asked;
	while (peer && buffer_size(&questions) >= sizeof asked && buffer_size(&peer->out) < LINK_OUTPUT_MARK) {
		memcpy(&asked, buffer_data(&questions), sizeof asked);
		buffer_consume(&questions, sizeof asked);
		answer(asked);
	}
}

void pages_served_asked(const uint8_t *payload, size_t size) {
	buffer_add(&questions, payload, size - size % sizeof(struct page_request));
	pages_served_continue();
}
