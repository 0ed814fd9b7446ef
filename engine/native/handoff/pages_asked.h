/*
 * The destination's end: what the lazy-pages daemon asks for comes out of what was sent ahead, or else goes to the source, which answers its questions in
 * their order.
 */
#ifndef HANDOFF_PAGES_ASKED_H
#define HANDOFF_PAGES_ASKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "link.h"
#include "loop.h"

struct pages_asked {
	struct link *link;       /* NULL: questions wait */
	struct watch local;      /* our end of the daemon's socket */
	struct buffer half;      /* of a question */
	struct buffer questions; /* without an answer yet */
	struct buffer postponed; /* questions that are taken up when the source has settled its pages */
	struct buffer inbound;   /* answers that the daemon has not taken yet */
	uint64_t received;
	struct timer patience;   /* with the source, before they are taken up anyway */
	bool settling; /* the source goes on to say which of its pages hold */
	bool local_ended;
	void (*unreadable)(void);
};

/* Makes the pair; the returned descriptor is for the daemon. `unreadable`: the source has no such page. */
int pages_asked_open(struct pages_asked *p, void (*unreadable)(void));
/* No daemon any more: what it took over from a dead driver has no pages to ask for. */
void pages_asked_none(struct pages_asked *p);
/* The source answers on this link from now on. */
void pages_asked_link(struct pages_asked *p, struct link *link);
void pages_asked_link_lost(struct pages_asked *p);
/* A process waits for a page. */
bool pages_asked_blocks(const struct pages_asked *p);
/* A FRAME_PAGES. */
void pages_asked_answer(struct pages_asked *p, const uint8_t *payload, size_t size);
/* A FRAME_PAGES_AHEAD, or a FRAME_PAGES_PUSHED, which is settled. */
void pages_asked_ahead(struct pages_asked *p, const uint8_t *payload, size_t size, bool settled);
/* A FRAME_PAGES_SAME. */
void pages_asked_same(struct pages_asked *p, const uint8_t *payload, size_t size);
/* A FRAME_PAGES_SETTLED. */
void pages_asked_settled(struct pages_asked *p);
void pages_asked_close(struct pages_asked *p);

#endif
