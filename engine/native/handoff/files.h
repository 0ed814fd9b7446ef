/* Files in the freeze: a worker beside the driver compares what is there with what the peer has, while CRIU dumps. */
#ifndef HANDOFF_FILES_H
#define HANDOFF_FILES_H

#include "buffer.h"
#include "config.h"
#include "roots.h"

/* Starts the worker: it reads the snapshot and walks once, so that the second walk finds everything in the kernel's caches. */
int files_start(const struct config *c);
/* The application has stopped: compare now. */
int files_go(void);
/* Waits for the stream of changes; empty when nothing changed. */
int files_collect(struct buffer *changes, double timeout_ms);
void files_stop(void);

/* The comparison itself. `snapshot` may be NULL: everything counts as changed. */
int files_changes(const struct roots *r, const char *snapshot, struct buffer *changes);

#endif
