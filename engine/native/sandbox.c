/* Looks into a sandbox, and does what must be done in it, from the outer container. */
#define _GNU_SOURCE
#include "enter.h"
#include "sandbox_processes.h"
#include "sandbox_root.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { USAGE = 2, FAILED = 1, CANNOT_RUN = 125 };
enum { MAX_KEEP = 32 };

#define LAST_PID "/proc/sys/kernel/ns_last_pid"

static int usage(void) {
	fprintf(stderr, "usage: sandbox lastpid PID N | maxpid PID | list PID | run PID [--keep FD]... -- PROGRAM [ARGUMENT...]\n"
			"       sandbox root NAMESPACE DIRECTORY\n"
			"PID: PID 1 of the sandbox, as seen here\n");
	return USAGE;
}

static int failed(const char *what, long pid) {
	fprintf(stderr, "sandbox: cannot %s (sandbox with PID 1 = %ld): %s\n", what, pid, strerror(errno));
	return FAILED;
}

/* A number that the whole text says; -1 when it does not. */
static long number(const char *text, long lowest, long highest) {
	char *end;
	errno = 0;
	long n = strtol(text, &end, 10);
	return errno || end == text || *end || n < lowest || n > highest ? -1 : n;
}

/* Runs as a process of the sandbox's PID namespace, which is the one that the file is about; the file itself is the outer container's. */
static int write_last_pid(void *value) {
	int fd = open(LAST_PID, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || dprintf(fd, "%ld", *(long *)value) < 0) {
		fprintf(stderr, "sandbox: cannot write " LAST_PID ": %s\n", strerror(errno));
		return FAILED;
	}
	return 0;
}

static int last_pid(pid_t sandbox, long value) {
	const char *what;
	int status;
	pid_t pid = enter_fork(sandbox, true, write_last_pid, &value, &what);
	if (pid < 0)
		return failed(what, sandbox);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return failed("wait for the process in it", sandbox);
	return WIFEXITED(status) ? WEXITSTATUS(status) : FAILED;
}

static int max_pid(pid_t sandbox) {
	struct processes processes;
	if (processes_read(&processes, sandbox))
		return failed("read its processes", sandbox);
	printf("%d\n", processes_highest(&processes));
	return 0;
}

static int list(pid_t sandbox) {
	struct processes processes;
	if (processes_read(&processes, sandbox))
		return failed("read its processes", sandbox);
	for (size_t i = 0; i < processes.count; i++) {
		const struct process *p = &processes.list[i];
		printf("%d %d %d %s\n", p->outer, p->inner, p->in_tree, p->comm);
	}
	return 0;
}

/* A program that was put here together with its loader and libraries, as CRIU is. */
static bool own_loader(const char *program, char *loader, char *libraries) {
	char copy[PATH_MAX];
	snprintf(copy, sizeof copy, "%s", program);
	const char *directory = dirname(copy);
	return snprintf(loader, PATH_MAX, "%s/ld.so", directory) < PATH_MAX && snprintf(libraries, PATH_MAX, "%s/lib", directory) < PATH_MAX &&
	       access(loader, X_OK) == 0 && access(libraries, X_OK) == 0;
}

/* The loader that a program names; Debian keeps its libraries beside it. */
static int find_loader(const char *program, char *loader, char *libraries) {
	unsigned char head[4096];
	int fd = open(program, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof head);
	if (fd >= 0)
		close(fd);
	if (n < (ssize_t)sizeof(Elf64_Ehdr))
		return -1;
	const Elf64_Ehdr *elf = (const void *)head;
	if (memcmp(elf->e_ident, ELFMAG, SELFMAG) || elf->e_ident[EI_CLASS] != ELFCLASS64) {
		errno = ENOEXEC;
		return -1;
	}
	const Elf64_Phdr *part = (const void *)(head + elf->e_phoff);
	errno = ENOEXEC;
	for (int i = 0; i < elf->e_phnum && (const unsigned char *)(part + i + 1) <= head + n; i++)
		if (part[i].p_type == PT_INTERP && part[i].p_offset + part[i].p_filesz <= (size_t)n) {
			if (!realpath((const char *)head + part[i].p_offset, loader))
				return -1;
			strcpy(libraries, loader);
			dirname(libraries); /* an absolute path with a slash further on: shortened in place */
			return 0;
		}
	return -1;
}

static int run(pid_t sandbox, const int *keep, size_t keep_count, char **argv) {
	char loader[PATH_MAX], libraries[PATH_MAX];
	const char *what;
	int status;
	if (!own_loader(argv[0], loader, libraries) && find_loader(argv[0], loader, libraries)) {
		fprintf(stderr, "sandbox: cannot run %s: %s; give the path of a dynamically linked program\n", argv[0], strerror(errno));
		return CANNOT_RUN;
	}
	struct enter_request request = {
		.sandbox = sandbox,
		.program = {.loader = loader, .library_dir = libraries, .path = argv[0]},
		.arguments = argv + 1,
		.keep = keep,
		.keep_count = keep_count,
		.output = STDOUT_FILENO,
		.input = STDIN_FILENO,
		.die_with_parent = true,
	};
	pid_t pid = enter_spawn(&request, &what);
	if (pid < 0)
		return failed(what, sandbox), CANNOT_RUN;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return failed("wait for the program in it", sandbox), CANNOT_RUN;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int run_command(pid_t sandbox, int argc, char **argv) {
	int keep[MAX_KEEP];
	size_t kept = 0;
	while (argc >= 2 && !strcmp(argv[0], "--keep")) {
		long fd = number(argv[1], 3, INT_MAX);
		if (fd < 0 || kept == MAX_KEEP)
			return usage();
		keep[kept++] = fd;
		argc -= 2;
		argv += 2;
	}
	if (argc < 2 || strcmp(argv[0], "--"))
		return usage();
	return run(sandbox, keep, kept, argv + 1);
}

static int root(const char *mount_namespace, const char *target) {
	const char *what;
	if (!mount_root_of(mount_namespace, target, &what))
		return 0;
	fprintf(stderr, "sandbox: cannot %s (%s): %s\n", what, mount_namespace, strerror(errno));
	return FAILED;
}

int main(int argc, char **argv) {
	if (argc == 4 && !strcmp(argv[1], "root"))
		return root(argv[2], argv[3]);
	long sandbox = argc > 2 ? number(argv[2], 2, INT_MAX) : -1;
	if (sandbox < 0)
		return usage();
	if (!strcmp(argv[1], "lastpid") && argc == 4) {
		long value = number(argv[3], 1, INT_MAX);
		return value < 0 ? usage() : last_pid(sandbox, value);
	}
	if (!strcmp(argv[1], "maxpid") && argc == 3)
		return max_pid(sandbox);
	if (!strcmp(argv[1], "list") && argc == 3)
		return list(sandbox);
	if (!strcmp(argv[1], "run"))
		return run_command(sandbox, argc - 3, argv + 3);
	return usage();
}
