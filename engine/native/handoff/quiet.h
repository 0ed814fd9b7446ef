/*
 * The source's sockets live on in the kernel after they were dumped, and send again what nobody has acknowledged. Such a packet carries a time stamp
 * from after the dump; a client that has seen it refuses what the restored socket sends (PAWS), until that one's clock has caught up: as long
 * as the freeze took. So nothing leaves the sandbox from the moment when its processes have stopped.
 */
#ifndef HANDOFF_QUIET_H
#define HANDOFF_QUIET_H

#include <stdbool.h>

/* Prepares a chain at the outer end of the sandbox's interface: open, or as a driver before this one has left it. */
int quiet_prepare(const char *device, bool open);
int quiet_set(bool quiet);
void quiet_remove(void);

#endif
