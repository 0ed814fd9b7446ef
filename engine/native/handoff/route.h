#ifndef HANDOFF_ROUTE_H
#define HANDOFF_ROUTE_H

/*
 * Runs one `ip` command, given without `ip`. `route replace ADDRESS [via GATEWAY] [dev DEVICE] [onlink] [table N] [src ADDRESS]` goes to the
 * kernel directly (some 50 us, with its answer); anything else runs the `ip` program.
 */
int route_run(const char *command);
/* Opens what route_run needs, so that nothing is opened in the critical section. */
int route_open(void);

#endif
