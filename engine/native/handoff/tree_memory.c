#define _GNU_SOURCE
#include "tree_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "buffer.h"
#include "failure.h"
#include "freezer.h"
#include "inner_pid.h"

static int open_memory(pid_t pid) {
	char path[40];
	snprintf(path, sizeof path, "/proc/%d/mem", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno != ENOENT && errno != ESRCH)
		log_line("cannot open the memory of process %d: %s", pid, strerror(errno));
	return fd;
}

static int by_process(const void *a, const void *b) {
	uint64_t x = ((const struct process_memory *)a)->process, y = ((const struct process_memory *)b)->process;
	return (x > y) - (x < y);
}

void tree_memory_open(struct tree_memory *t) {
	pid_t *pids;
	ssize_t n = freezer_pids(&pids);
	*t = (struct tree_memory){0};
	if (n <= 0)
		return;
	t->all = calloc((size_t)n, sizeof *t->all);
	for (ssize_t i = 0; t->all && i < n; i++) {
		struct process_memory m = {inner_pid(pids[i]), pids[i], open_memory(pids[i])};
		if (m.fd >= 0)
			t->all[t->count++] = m;
	}
	free(pids);
	if (t->count)
		qsort(t->all, t->count, sizeof *t->all, by_process);
}

const struct process_memory *tree_memory_of(const struct tree_memory *t, uint64_t process) {
	struct process_memory wanted = {.process = process};
	return t->count ? bsearch(&wanted, t->all, t->count, sizeof *t->all, by_process) : NULL;
}

size_t tree_memory_read(const struct process_memory *m, uint64_t address, size_t pages, void *to) {
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	ssize_t n = pread(m->fd, to, pages * page, (off_t)address);
	return n > 0 ? (size_t)n / page : 0;
}

size_t tree_memory_read_fast(const struct process_memory *m, uint64_t address, size_t pages, void *to) {
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct iovec local = {to, pages * page}, remote = {(void *)address, pages * page};
	ssize_t n = process_vm_readv(m->pid, &local, 1, &remote, 1, 0);
	return n >= (ssize_t)page ? (size_t)n / page : tree_memory_read(m, address, pages, to);
}

void tree_memory_close(struct tree_memory *t) {
	for (size_t i = 0; i < t->count; i++)
		close(t->all[i].fd);
	free(t->all);
	*t = (struct tree_memory){0};
}
