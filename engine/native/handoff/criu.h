/* CRIU inside the sandbox: the prestarted `criu swrk` and the lazy-pages daemon. */
#ifndef HANDOFF_CRIU_H
#define HANDOFF_CRIU_H

#include <stdbool.h>
#include <sys/types.h>

#include "config.h"
#include "loop.h"
#include "rpc.h"

struct criu {
	pid_t pid; /* 0: none */
	int socket;
	struct watch watch;
	struct rpc_message last;
	bool notified; /* a message is in `last` */
	bool ended;    /* the socket is closed */
	bool settled;  /* one of the two */
};

/* Makes `dir`/images and opens what CRIU will be given. */
int criu_open(const struct config *c);
int criu_images(void); /* descriptor of the images directory */
/* Moves a descriptor to a number that CRIU leaves alone, so that its number can be told before the program starts. */
int criu_high(int fd);
/* Fills the cache of kernel features, which would cost 25 ms of the freeze. Then CRIU's own check is known to run. */
int criu_warm(const struct config *c);

/*
 * Starts `criu swrk`. `pages`: descriptor of its page socket, or -1. In `cgroups` (NULL-terminated cgroup.procs files) are also born the
 * processes that it restores: moving them in the freeze would cost 10 ms and more.
 */
int criu_start(struct criu *k, const struct config *c, int pages, const char *const *cgroups);
int criu_dump(struct criu *k, bool lazy);
/* `out`, `err`: inodes of the source's pipes. */
int criu_restore(struct criu *k, bool lazy, unsigned long out, unsigned long err);
/* Runs the loop until a message is there. False: CRIU has ended or the time is over (the failure is noted). */
bool criu_next(struct criu *k, double timeout_ms);
/* SIGKILL, and wait for its end. */
void criu_kill(struct criu *k);

/* Starts the daemon; it waits in open() of a FIFO until criu_feed_daemon. `holder`: what keeper_start returned, or 0: its descriptors die with it. */
int criu_start_daemon(const struct config *c, int pages, int status, int holder, pid_t *pid);
/* All images are there: let the daemon read them. `inventory` are the bytes of inventory.img. */
int criu_feed_daemon(const void *inventory, size_t size);

/* First `Error` line of CRIU's log and its tail, for messages. */
void criu_log_error(const char *log, char *line, size_t size);
void criu_log_tail(const char *log, char *text, size_t size);

#endif
