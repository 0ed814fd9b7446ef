/* Which pages a process has of its own: what a lazy dump leaves out. */
#ifndef HANDOFF_PRESENT_PAGES_H
#define HANDOFF_PRESENT_PAGES_H

#include <stdint.h>
#include <sys/types.h>

#include "buffer.h"

struct page_run {
	uint64_t address, pages;
};

/*
 * Adds a struct page_run for each stretch of pages that the process has in private, anonymous memory that it may read, by address. What cannot be
 * looked at is left out, and so is a process that uses the kernel's asynchronous I/O.
 */
void present_pages(pid_t pid, struct buffer *runs);

#endif
