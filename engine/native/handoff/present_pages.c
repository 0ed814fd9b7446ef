#define _GNU_SOURCE
#include "present_pages.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ENTRIES = 4096 };

/* Of an entry of /proc/PID/pagemap; see the kernel's Documentation/admin-guide/mm/pagemap.rst. */
#define PRESENT_OR_SWAPPED (3ULL << 62)

static void add_page(struct buffer *runs, uint64_t address, uint64_t page) {
	struct page_run *last = buffer_size(runs) ? (struct page_run *)(buffer_data(runs) + buffer_size(runs)) - 1 : NULL;
	if (last && last->address + last->pages * page == address)
		last->pages++;
	else
		buffer_add(runs, &(struct page_run){address, 1}, sizeof(struct page_run));
}

static void look_at(int pagemap, uint64_t start, uint64_t end, struct buffer *runs) {
	static uint64_t entries[ENTRIES];
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	while (start < end) {
		uint64_t left = (end - start) / page, most = left < ENTRIES ? left : ENTRIES;
		ssize_t n = pread(pagemap, entries, most * sizeof *entries, (off_t)(start / page * sizeof *entries));
		if (n < (ssize_t)sizeof *entries)
			return;
		for (size_t i = 0; i < (size_t)n / sizeof *entries; i++, start += page)
			if (entries[i] & PRESENT_OR_SWAPPED)
				add_page(runs, start, page);
	}
}

/* A line of /proc/PID/maps. The kernel's own pages ("[vdso]" and the like) are as anonymous as the heap. */
static bool own_memory(const char *line, uint64_t *start, uint64_t *end) {
	char permissions[5], name[8] = "";
	unsigned long first, last, inode;
	if (sscanf(line, "%lx-%lx %4s %*x %*x:%*x %lu %7s", &first, &last, permissions, &inode, name) < 4)
		return false;
	*start = first;
	*end = last;
	return !inode && permissions[0] == 'r' && permissions[3] == 'p' && strncmp(name, "[v", 2) != 0;
}

/* The kernel may write into a process that uses asynchronous I/O although it is stopped. */
static bool written_by_kernel(const char *maps) { return strstr(maps, "/[aio]") != NULL; }

void present_pages(pid_t pid, struct buffer *runs) {
	char path[40];
	struct buffer maps = {0};
	uint64_t start, end;
	snprintf(path, sizeof path, "/proc/%d/maps", pid);
	int failed = buffer_file(&maps, AT_FDCWD, path);
	buffer_add(&maps, "", 1);
	snprintf(path, sizeof path, "/proc/%d/pagemap", pid);
	int pagemap = failed || written_by_kernel((char *)buffer_data(&maps)) ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	if (pagemap >= 0) {
		for (char *line = strtok((char *)buffer_data(&maps), "\n"); line; line = strtok(NULL, "\n"))
			if (own_memory(line, &start, &end))
				look_at(pagemap, start, end, runs);
		close(pagemap);
	}
	buffer_free(&maps);
}
