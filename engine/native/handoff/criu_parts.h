/* What the pieces that speak to CRIU share; nobody else includes it. */
#ifndef HANDOFF_CRIU_PARTS_H
#define HANDOFF_CRIU_PARTS_H

#include <stdbool.h>
#include <sys/types.h>

#include "config.h"

/* Descriptors that every CRIU is given, at numbers that it leaves alone: they are told to it by `/proc/self/fd`. */
struct criu_parts {
	int images, cache, freezer, out, err;
	int log_level;
	char images_path[40];
};

extern struct criu_parts criu_parts;

struct criu_program {
	char *const *arguments;
	int socket, pages, status; /* further descriptors, or -1 */
	const char *const *cgroups;
	bool own_ipc;
	int holder; /* descriptor with which whoever shares the daemon's descriptors ends; 0: nobody does */
};

pid_t criu_spawn(const struct config *c, const struct criu_program *p);

#endif
