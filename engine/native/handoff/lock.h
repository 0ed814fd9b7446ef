/* One driver of a migration at a time. */
#ifndef HANDOFF_LOCK_H
#define HANDOFF_LOCK_H

/* Held until the process ends. A driver that is just dying is waited for; code `busy` when one lives. */
int lock_take(const char *directory);

#endif
