/* The sandbox's own network, reached from outside. */
#ifndef HANDOFF_NESTED_H
#define HANDOFF_NESTED_H

#include <sys/types.h>

int nested_open(pid_t sandbox);
/* Takes eth0 down: whatever dies behind it sends no FIN and no RST. */
int nested_link_down(void);

#endif
