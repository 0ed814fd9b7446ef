/*
 * Memory sent ahead: while the service runs, its pages go to the destination, which keeps them. Later passes send what has changed since. In the freeze
 * the source only says which of the kept pages still hold, by comparing the tags of their content: they need not be asked for. Everything
 * else comes as in any post-copy, by question and answer; so whatever breaks here costs time and nothing else.
 */
#ifndef HANDOFF_PAGES_AHEAD_H
#define HANDOFF_PAGES_AHEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "link.h"

/* Pages go out on this link from now on. What went on an earlier one does not count: nobody knows how much of it arrived. NULL: there is none. */
void pages_ahead_link(struct link *link);
/* Begins a pass over the running service. */
void pages_ahead_pass(void);
/* The pass is over; or there was none. */
bool pages_ahead_done(void);
/* Bytes of pages that the pass has sent. */
size_t pages_ahead_sent(void);
/* The tree stands still: begins the last pass, which settles what was sent, and pushes the first of what has changed once the tree is frozen. */
void pages_ahead_settle(void);
/* The tree is frozen. */
void pages_ahead_continue(void);
/* Stops a pass; what it has sent counts. */
void pages_ahead_stop(void);
void pages_ahead_free(void);

#endif
