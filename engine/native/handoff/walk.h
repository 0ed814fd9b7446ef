/* Walks the directories that belong to a service. */
#ifndef HANDOFF_WALK_H
#define HANDOFF_WALK_H

#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

struct entry {
	unsigned root;
	int directory;    /* descriptor of the parent, valid during the callback */
	const char *name; /* in the parent; "." for the root itself */
	const char *path; /* relative to the root; "." for the root itself */
	struct stat st;
};

typedef int (*walk_visitor)(const struct entry *e, void *argument);

/* Visits everything below `directory`, parents first, without leaving its file system. Stops when the visitor returns non-zero. */
int walk(int directory, unsigned root, walk_visitor visit, void *argument);

/*
 * `handoff snapshot DIR...`: what is there, one line per entry, to standard output. Format: docs/INTERFACES.md. Data written through memory
 * mappings is flushed first: a page that is already dirty would change without a new time stamp.
 */
int snapshot_write(int count, char *const *directories, FILE *out);

#endif
