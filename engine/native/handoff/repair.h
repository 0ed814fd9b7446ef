#ifndef HANDOFF_REPAIR_H
#define HANDOFF_REPAIR_H

#include <sys/types.h>

/*
 * Switches TCP_REPAIR off on every TCP socket of a process. A dump leaves its sockets in repair mode; a process that runs on like this
 * loses all its connections. Returns the number of sockets mended, or -1.
 */
int repair_off(pid_t pid);

/*
 * Ends every TCP connection of a process with another host: its other end has gone on with a copy that is lost, and the two would never agree again.
 * How many, or -1.
 */
int connections_end(pid_t pid);

#endif
