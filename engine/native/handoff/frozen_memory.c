#define _GNU_SOURCE
#include "frozen_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"
#include "failure.h"
#include "freezer.h"

/* An open `mem` stays that of the process it was opened for, even if its PID went to another; and shows what the process may not read itself. */
struct memory {
	uint64_t process;
	int fd;
};

static struct memory *all;
static size_t count;

/* The last number of NSpid is the one in the innermost namespace. */
static uint64_t inner_pid(pid_t pid) {
	char path[40];
	struct buffer text = {0};
	uint64_t inner = 0;
	snprintf(path, sizeof path, "/proc/%d/status", pid);
	if (!buffer_file(&text, AT_FDCWD, path)) {
		buffer_add(&text, "", 1);
		char *at = strstr((char *)buffer_data(&text), "\nNSpid:"), *end = at ? strchr(at + 1, '\n') : NULL;
		if (end) {
			*end = 0;
			inner = strtoull(strrchr(at, '\t'), NULL, 10);
		}
	}
	buffer_free(&text);
	return inner;
}

static int open_memory(pid_t pid) {
	char path[40];
	snprintf(path, sizeof path, "/proc/%d/mem", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? failure_errno("pages", "cannot open the memory of process %d", pid) : fd;
}

/* Of the freezer cgroup and nowhere else. */
static void open_all(void) {
	pid_t *pids;
	ssize_t n = freezer_pids(&pids);
	if (n <= 0)
		return;
	all = calloc((size_t)n, sizeof *all);
	for (ssize_t i = 0; all && i < n; i++) {
		struct memory m = {inner_pid(pids[i]), open_memory(pids[i])};
		if (m.fd >= 0)
			all[count++] = m;
	}
	free(pids);
}

static int memory_of(uint64_t process) {
	if (!all)
		open_all();
	for (size_t i = 0; i < count; i++)
		if (all[i].process == process)
			return all[i].fd;
	errno = ESRCH;
	return -1;
}

size_t frozen_pages(uint64_t process, uint64_t address, size_t pages, void *to) {
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int fd = memory_of(process);
	ssize_t n = fd < 0 ? -1 : pread(fd, to, pages * page, (off_t)address);
	if (n >= (ssize_t)page)
		return (size_t)n / page;
	failure_errno("pages", "cannot read the memory of process %llu at %llx", (unsigned long long)process, (unsigned long long)address);
	return 0;
}

void frozen_memory_close(void) {
	for (size_t i = 0; i < count; i++)
		close(all[i].fd);
	free(all);
	all = NULL;
	count = 0;
}
