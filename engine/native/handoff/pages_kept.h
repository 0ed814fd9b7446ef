/*
 * Pages that the source has sent before they were asked for. One that came while the service ran there is open: it holds only when the source
 * says so after the freeze, on the same connection.
 */
#ifndef HANDOFF_PAGES_KEPT_H
#define HANDOFF_PAGES_KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

/* `bytes`: whole pages in a row. They take the place of what was kept of them. What there is no memory for is not kept. */
void pages_kept_put(uint64_t process, uint64_t address, size_t pages, const uint8_t *bytes, bool settled);
/* Those of them that are kept hold. */
void pages_kept_settle(uint64_t process, uint64_t address, size_t pages);
/* Adds up to `most` settled pages in a row to `to`, and keeps them no longer; how many. */
size_t pages_kept_take(uint64_t process, uint64_t address, size_t most, struct buffer *to);
/* They came by another way: what is kept of them is not needed. */
void pages_kept_drop(uint64_t process, uint64_t address, size_t pages);
/* The connection has ended: nobody will say what holds. */
void pages_kept_forget_open(void);
void pages_kept_free(void);

#endif
