/* Memory of the service's processes, read from outside: it needs no CRIU, and no driver that was there before. */
#ifndef HANDOFF_TREE_MEMORY_H
#define HANDOFF_TREE_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* An open `mem` stays that of the process it was opened for, even if its PID went to another; and shows what the process may not read itself. */
struct process_memory {
	uint64_t process; /* PID in the sandbox */
	pid_t pid;        /* as the driver sees it */
	int fd;
};

struct tree_memory {
	struct process_memory *all; /* by `process` */
	size_t count;
};

/* The processes of the freezer cgroup and no others, as they are now. */
void tree_memory_open(struct tree_memory *t);
const struct process_memory *tree_memory_of(const struct tree_memory *t, uint64_t process);
/* Reads up to `pages` pages at `address`; how many, from the first on. 0: none, errno says why. */
size_t tree_memory_read(const struct process_memory *m, uint64_t address, size_t pages, void *to);
/* The same in two thirds of the time, for a process that is still there. */
size_t tree_memory_read_fast(const struct process_memory *m, uint64_t address, size_t pages, void *to);
void tree_memory_close(struct tree_memory *t);

#endif
