#define _GNU_SOURCE
#include "pages_served.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"
#include "failure.h"
#include "fault.h"
#include "pages.h"
#include "source.h"
#include "tree_memory.h"

static struct link *peer;
static struct buffer questions;

void pages_served_link(struct link *link) {
	peer = link;
	buffer_clear(&questions);
}

static struct tree_memory tree;

static size_t frozen_pages(uint64_t process, uint64_t address, size_t pages, void *to) {
	if (!tree.count)
		tree_memory_open(&tree);
	const struct process_memory *m = tree_memory_of(&tree, process);
	size_t n = m ? tree_memory_read(m, address, pages, to) : 0;
	if (!n)
		failure("pages", "cannot read the memory of process %llu at %llx", (unsigned long long)process, (unsigned long long)address);
	return n;
}

void pages_served_close(void) { tree_memory_close(&tree); }

/* No page at all says that there is none to be had. */
static void answer(struct page_request asked) {
	static uint8_t *bytes;
	size_t page = (size_t)sysconf(_SC_PAGESIZE), most = LARGEST_ANSWER / page;
	if (!bytes)
		bytes = malloc(LARGEST_ANSWER);
	asked.pages = asked.pages < most ? asked.pages : most;
	asked.pages = fault("pages-read") || !source_stands_still() || !bytes ? 0 : frozen_pages(asked.process, asked.address, asked.pages, bytes);
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
