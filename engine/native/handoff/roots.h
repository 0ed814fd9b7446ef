/* The directories whose files belong to the service, in an order that both sides agree on: upper layer, volumes, tmpfs of the sandbox. */
#ifndef HANDOFF_ROOTS_H
#define HANDOFF_ROOTS_H

#include <stdbool.h>

#include "config.h"

enum { MOST_ROOTS = 2 * CONFIG_LIST };

struct root {
	const char *path;
	int fd;
	bool layer; /* the upper layer of an overlay: whiteouts and trusted.overlay.* have their meaning */
	bool in_memory;
};

struct roots {
	struct root all[MOST_ROOTS];
	unsigned count;
};

/* For reading at the source: the upper layer itself. */
int roots_for_reading(struct roots *r, const struct config *c);
/*
 * For writing at the destination: an upper layer that is mounted must not be changed beneath its overlay, so its root is the merged view as the
 * sandbox has it, without the mounts upon it.
 */
int roots_for_writing(struct roots *r, const struct config *c);

#endif
