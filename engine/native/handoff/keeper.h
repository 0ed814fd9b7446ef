/*
 * The keeper: a small process that outlives driver and lazy-pages daemon. If the last descriptor of a userfaultfd closes, reads of missing
 * pages return zeros and the process runs on with lost memory. So the daemon has a child that shares its table of descriptors, those of
 * processes which the service forks meanwhile among them (criu-patches/0010), and lives as long as the keeper. When the driver dies the keeper
 * freezes the tree and writes `waiting`.
 */
#ifndef HANDOFF_KEEPER_H
#define HANDOFF_KEEPER_H

/* Returns the descriptor that the daemon's child has to be given, at whose end it ends; -1: failed. The caller closes it. */
int keeper_start(void);
/* From now on the death of the driver means `waiting`. */
void keeper_committed(void);
/* All pages are in, or the tree is gone: the keeper ends. */
void keeper_end(void);

#endif
