/* What the destination was sent of each page, as a tag. Written and read in the order of the pages: process, then address. */
#ifndef HANDOFF_SENT_PAGES_H
#define HANDOFF_SENT_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "page_tag.h"

struct sent_page {
	uint64_t process, address;
	struct page_tag tag;
};

/* A pass reads what the one before it has written, and writes its own. */
struct sent_pages {
	struct sent_page *before, *now;
	size_t before_count, now_count, now_room, cursor;
};

/* Was this page sent, and with this content? Pages between the last one asked for and this one are forgotten. */
bool sent_pages_same(struct sent_pages *s, uint64_t process, uint64_t address, const struct page_tag *tag);
/* False: out of memory. */
bool sent_pages_note(struct sent_pages *s, uint64_t process, uint64_t address, const struct page_tag *tag);
/* The end of a pass; what it did not come to stays as it was. False: out of memory. */
bool sent_pages_turn(struct sent_pages *s);
void sent_pages_free(struct sent_pages *s);

#endif
