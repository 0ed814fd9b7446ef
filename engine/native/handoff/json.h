/* Flat JSON: enough for one-line requests whose values are strings, and for writing strings. */
#ifndef HANDOFF_JSON_H
#define HANDOFF_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"

/* Copies the string value of `key`; false when it is not there or no plain string. */
bool json_string(const char *text, const char *key, char *value, size_t size);
bool json_number(const char *text, const char *key, unsigned long long *value);
/* Adds `text` as a JSON string, with quotes. Invalid UTF-8 becomes '?'. */
void json_quote(struct buffer *b, const char *text);

#endif
