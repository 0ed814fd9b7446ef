/* Memory of the frozen tree, read from outside: it needs no CRIU, and no driver that was there at the freeze. */
#ifndef HANDOFF_FROZEN_MEMORY_H
#define HANDOFF_FROZEN_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/* Reads up to `pages` pages at `address` of the process with this PID in the sandbox; how many, from the first on. 0: none, the failure is noted. */
size_t frozen_pages(uint64_t process, uint64_t address, size_t pages, void *to);
/* Lets go of the processes. */
void frozen_memory_close(void);

#endif
