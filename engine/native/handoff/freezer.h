/* The application's own freezer cgroup, version 1 or 2. PID 1 of the sandbox and CRIU (at the source) are outside it. */
#ifndef HANDOFF_FREEZER_H
#define HANDOFF_FREEZER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

int freezer_open(const char *directory);
/* Returns when the kernel says that everything in it is frozen. */
int freezer_freeze(void);
int freezer_thaw(void);
/* -1 when the application's root is not in it: then neither are those that it forked, and a freeze would stop none of them. */
int freezer_insist_on_root(void);
bool freezer_frozen(void);
/* To freeze, whether or not all of it stands still yet. */
bool freezer_asked(void);
/* PIDs of all processes in it, as the driver sees them. The caller frees. -1 on failure. */
ssize_t freezer_pids(pid_t **pids);
/* SIGKILL to all of them, and thaw (frozen tasks of version 1 die only then); waits until the cgroup is empty, or removed, or `timeout_ms` passed. */
int freezer_kill(double timeout_ms);

#endif
