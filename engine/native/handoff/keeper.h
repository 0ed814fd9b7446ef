/*
 * The keeper: a small process that outlives driver and lazy-pages daemon. If the last descriptor of a userfaultfd closes, reads of missing
 * pages return zeros and the process runs on with lost memory. With the keeper they block, and when the driver dies the keeper freezes the tree
 * and writes `waiting`.
 *
 * It holds duplicates of the userfaultfds of what was restored. What the service forks later has one that only the daemon is told of: the daemon
 * has a child that shares its table of descriptors (criu-patches/0010) and lives as long as the keeper. That child is in the
 * application's PID namespace, where root can kill it; the duplicates are out of its reach.
 */
#ifndef HANDOFF_KEEPER_H
#define HANDOFF_KEEPER_H

#include <sys/types.h>

/* Returns the descriptor at whose end the daemon's child ends, for the caller to hand on and to close; -1: failed. */
int keeper_start(void);
/* Duplicates the daemon's userfaultfds into the keeper; the number, or -1. */
int keeper_adopt(pid_t daemon);
/* From now on the death of the driver means `waiting`. Nothing where it has ended. */
void keeper_committed(void);
/* All pages are in, or the tree is gone: the keeper ends, and the daemon's child. Held longer, userfaultfds whose events nobody reads stop the service. */
void keeper_end(void);

#endif
