/* Names that CRIU gives to deleted files which another name still holds (`link_remap.N`). A CRIU that is killed leaves them. */
#ifndef HANDOFF_REMAPS_H
#define HANDOFF_REMAPS_H

#include <sys/types.h>

/* Takes them away again: those of the files that these processes hold. */
void remaps_remove(pid_t sandbox, const pid_t *pids, ssize_t count);

#endif
