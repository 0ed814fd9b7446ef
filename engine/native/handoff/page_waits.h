/* Threads of the application that wait for pages of theirs. */
#ifndef HANDOFF_PAGE_WAITS_H
#define HANDOFF_PAGE_WAITS_H

#include <stdbool.h>

/*
 * One of them waits inside a system call. A freezer cannot hold it: it goes on waiting in the kernel, and the freeze that is pending for it keeps it
 * from sleeping there, so that it asks for its page as fast as it can.
 */
bool page_waits_in_system_call(void);

#endif
