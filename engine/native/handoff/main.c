/* handoff: the critical section of a migration, one process per side. See docs/INTERFACES.md. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "destination.h"
#include "failure.h"
#include "fault.h"
#include "source.h"
#include "walk.h"

static int usage(void) {
	fprintf(stderr, "usage: handoff source CONFIG | handoff destination CONFIG | handoff snapshot DIR...\n");
	return 2;
}

int main(int count, char **arguments) {
	if (count < 3)
		return usage();
	signal(SIGPIPE, SIG_IGN);
	fault_load(getenv("CARRYON_FAULT"));
	if (!strcmp(arguments[1], "snapshot"))
		return snapshot_write(count - 2, arguments + 2, stdout) ? 1 : 0;
	if (count != 3)
		return usage();
	prctl(PR_SET_DUMPABLE, 0);
	if (!strcmp(arguments[1], "source"))
		return source_run(arguments[2]);
	if (!strcmp(arguments[1], "destination"))
		return destination_run(arguments[2]);
	return usage();
}
