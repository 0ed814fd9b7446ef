/* The source's end: questions of the peer, answered in their order out of the frozen tree as fast as the connection takes them. */
#ifndef HANDOFF_PAGES_SERVED_H
#define HANDOFF_PAGES_SERVED_H

#include <stddef.h>
#include <stdint.h>

#include "link.h"

/* The peer's questions come on this link from now on; those of an earlier one are asked anew. NULL: there is none. */
void pages_served_link(struct link *link);
/* A FRAME_PAGES: one question or more. */
void pages_served_asked(const uint8_t *payload, size_t size);
/* The output of the link has room again. */
void pages_served_continue(void);
/* Lets go of the processes. */
void pages_served_close(void);

#endif
