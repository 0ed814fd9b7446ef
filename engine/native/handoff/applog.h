/* app.log follows the service: what the peer lacks is sent, the last lines inside the freeze. */
#ifndef HANDOFF_APPLOG_H
#define HANDOFF_APPLOG_H

#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

enum { APPLOG_DIGEST = 32, APPLOG_SUMMARY = 8 + APPLOG_DIGEST };

/* What is here: size and SHA-256, for the peer. */
void applog_summary(const char *path, uint8_t summary[APPLOG_SUMMARY]);
/* From the peer's summary: where to begin. */
void applog_begin(const char *path, const uint8_t summary[APPLOG_SUMMARY]);
/* Adds offset and bytes of what the peer lacks so far; afterwards it counts as sent. Empty when there is nothing. */
int applog_take(const char *path, struct buffer *b);
/* At the destination. */
int applog_put(const char *path, const uint8_t *payload, size_t size);

#endif
