#define _GNU_SOURCE
#include "json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *value_of(const char *text, const char *key) {
	char quoted[64];
	snprintf(quoted, sizeof quoted, "\"%s\"", key);
	const char *at = strstr(text, quoted);
	if (!at)
		return NULL;
	at += strlen(quoted);
	at += strspn(at, " \t");
	if (*at++ != ':')
		return NULL;
	return at + strspn(at, " \t");
}

bool json_string(const char *text, const char *key, char *value, size_t size) {
	const char *at = value_of(text, key);
	if (!at || *at++ != '"')
		return false;
	size_t length = strcspn(at, "\"\\");
	if (at[length] != '"' || length >= size)
		return false;
	memcpy(value, at, length);
	value[length] = 0;
	return true;
}

bool json_number(const char *text, const char *key, unsigned long long *value) {
	const char *at = value_of(text, key);
	char *end;
	if (!at)
		return false;
	*value = strtoull(at, &end, 10);
	return end != at;
}

void json_quote(struct buffer *b, const char *text) {
	buffer_add(b, "\"", 1);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if (c == '"' || c == '\\')
			buffer_text(b, "\\%c", c);
		else if (c == '\n')
			buffer_add(b, "\\n", 2);
		else if (c < 0x20)
			buffer_text(b, "\\u%04x", c);
		else
			buffer_add(b, c < 0x80 ? text : "?", 1);
	}
	buffer_add(b, "\"", 1);
}
