/*
 * The page channel: CRIU talks to a local socket pair that the driver owns, the driver carries the bytes over TLS. If the connection to the
 * peer breaks, the local pair stays open, and after reconnecting the stream goes on at the byte where it stopped.
 */
#ifndef HANDOFF_PAGES_H
#define HANDOFF_PAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "link.h"
#include "loop.h"

struct pages {
	struct link *link;    /* NULL or not up: bytes wait */
	bool synchronized;    /* both sides know where the other stands */
	struct watch local;
	struct buffer inbound;  /* for CRIU */
	struct buffer unacked;  /* sent, not yet acknowledged */
	uint64_t acked;         /* bytes that the peer has for sure */
	uint64_t received;      /* bytes from the peer */
	uint64_t acknowledged;  /* of these we told the peer */
	bool local_ended;
};

/* Makes the pair; the returned descriptor is for CRIU. */
int pages_open(struct pages *p);
uint64_t pages_received(const struct pages *p);
/* The peer has this many bytes of ours: send it the rest, and go on. */
void pages_synchronize(struct pages *p, struct link *link, uint64_t peer_received);
void pages_link_lost(struct pages *p);
/* FRAME_PAGES or FRAME_PAGES_ACK. */
void pages_frame(struct pages *p, enum frame type, const uint8_t *payload, size_t size);
/* The output of the link has room again. */
void pages_continue(struct pages *p);
void pages_close(struct pages *p);

#endif
