/*
 * The keeper: a small process that holds duplicates of every userfaultfd of the restored tree. If the last descriptor of a userfaultfd closes,
 * reads of missing pages return zeros and the process runs on with lost memory. With the keeper they block, and when the driver dies the
 * keeper freezes the tree and writes `waiting`.
 */
#ifndef HANDOFF_KEEPER_H
#define HANDOFF_KEEPER_H

#include <sys/types.h>

int keeper_start(void);
/* Duplicates the daemon's userfaultfds into the keeper; the number, or -1. */
int keeper_adopt(pid_t daemon);
/* From now on the death of the driver means `waiting`. */
void keeper_committed(void);
/* All pages are in, or the tree is gone: the keeper ends. */
void keeper_end(void);

#endif
