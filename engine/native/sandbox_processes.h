/* Processes of a sandbox, seen from the outer container. */
#ifndef CARRYON_SANDBOX_PROCESSES_H
#define CARRYON_SANDBOX_PROCESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct process {
	pid_t outer, parent, inner;
	bool in_tree; /* the application's root, or descends from it */
	char comm[16];
};

struct processes {
	struct process *list;
	size_t count;
};

/* All but the sandbox's PID 1; -1 with errno when it is gone or memory is short. */
int processes_read(struct processes *processes, pid_t sandbox);

/* Highest number in use in the namespace: thread, process group or session. 0: none but PID 1's. */
pid_t processes_highest(const struct processes *processes);

#endif
