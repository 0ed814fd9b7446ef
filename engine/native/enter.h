/* Start a program of the outer container inside all namespaces of a sandbox, so that nothing of the outer container can be seen there. */
#ifndef CARRYON_ENTER_H
#define CARRYON_ENTER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Tools run below this PID, the application above 1000: see pid1. */
#define ENTER_HIGHEST_TOOL_PID 299
#define ENTER_LOWEST_TOOL_PID 2

struct enter_program {
	const char *loader;      /* ld.so */
	const char *library_dir; /* where its libraries are */
	const char *path;        /* dynamically linked executable */
};

struct enter_request {
	pid_t sandbox;                   /* PID 1 of the sandbox, as the caller sees it */
	bool own_ipc;                    /* stay out of the IPC namespace */
	pid_t ipc_of;                    /* whose IPC namespace to join; 0: the sandbox's */
	struct enter_program program;
	char *const *arguments;          /* without argv[0], NULL-terminated */
	char *const *environment;        /* NULL-terminated; PATH is set by enter_spawn to a directory without programs of the sandbox */
	const int *keep;                 /* descriptors that stay open, under the same numbers */
	size_t keep_count;
	const char *const *cgroup_procs; /* cgroup.procs files to join first; NULL-terminated, or NULL */
	int output;                      /* descriptor for stdout and stderr, -1: /dev/null */
	int input;                       /* descriptor for stdin, -1: /dev/null */
	bool die_with_parent;            /* SIGKILL when the caller ends */
};

/*
 * Returns the PID (a child of the caller, as the caller sees it), or -1 with errno; `*what` then names the step that failed.
 * The caller must have one thread only.
 */
pid_t enter_spawn(const struct enter_request *request, const char **what);

/*
 * The same without a program: `body` runs in a copy of the caller inside the sandbox's namespaces (not its mount namespace when `keep_mounts`),
 * and its return value is the exit code.
 */
pid_t enter_fork(pid_t sandbox, bool keep_mounts, int (*body)(void *), void *argument, const char **what);

#endif
