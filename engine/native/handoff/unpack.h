/* One entry of the stream of changed files, as the pieces that apply it see it. */
#ifndef HANDOFF_UNPACK_H
#define HANDOFF_UNPACK_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pack.h"

struct stream {
	const uint8_t *at, *end;
};

struct text {
	const uint8_t *bytes;
	size_t size;
};

struct item {
	struct record r;
	char path[PATH_MAX], target[PATH_MAX];
	struct text attributes;
	int parent;       /* O_PATH */
	const char *name; /* in the parent */
};

bool take(struct stream *s, size_t size, const uint8_t **at);
bool take_counted(struct stream *s, struct text *t);
bool take_item(struct stream *s, struct item *i);

int attributes_set(const struct item *i);
/* What is there has attributes that the entry does not have: they go. */
void attributes_drop(const struct item *i);

#endif
