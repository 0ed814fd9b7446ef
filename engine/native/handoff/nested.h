/* The sandbox's own network, reached from outside. */
#ifndef HANDOFF_NESTED_H
#define HANDOFF_NESTED_H

#include <sys/types.h>

int nested_open(pid_t sandbox);
/*
 * Returns when the application has accepted every connection that has reached it, or after that time: CRIU dumps none that waits for it. Only
 * while packets are held: else others may come.
 */
void nested_await_accepted(double timeout_ms);
/* Takes eth0 down: whatever dies behind it sends no FIN and no RST. */
int nested_link_down(void);

#endif
