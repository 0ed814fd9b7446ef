/* A program that has been started and waits for its input, so that the freeze does not pay for its start. */
#ifndef HANDOFF_PRESTART_H
#define HANDOFF_PRESTART_H

#include <sys/types.h>

struct prestarted {
	pid_t pid;
	int input;
};

/* `nft -f -`: reads its command to the end of file, then applies it as one. */
int nft_prestart(struct prestarted *p);
int nft_apply(struct prestarted *p, const char *command);

/* Sets ns_last_pid of the sandbox when told the number. */
int lastpid_prestart(pid_t sandbox, struct prestarted *p);
int lastpid_set(struct prestarted *p, int highest);
/* Result of lastpid_set. */
int lastpid_wait(struct prestarted *p);

#endif
