/* What the freeze needs, started before it; and what a driver needs that comes after it. */
#define _GNU_SOURCE
#include <sys/socket.h>
#include <sys/stat.h>

#include "failure.h"
#include "files.h"
#include "freezer.h"
#include "hold.h"
#include "nested.h"
#include "quiet.h"
#include "route.h"
#include "source.h"

static int inode_of(const char *path, unsigned long *inode) {
	struct stat st;
	if (stat(path, &st))
		return failure_errno("bad-config", "cannot look at the application's pipe %s", path);
	*inode = st.st_ino;
	return 0;
}

/* Where the kernel and the engine keep what outlives a driver. */
static int take_up(void) {
	return route_open() || freezer_open(self.c.freezer) || nested_open(self.c.sandboxpid) || criu_open(&self.c) || hold_open(self.c.hold) ||
	       quiet_prepare(self.c.localdev, journal_state() == ARMED_S);
}

/*
 * CRIU wants a page server's socket for a lazy dump, and would serve pages from there. Nobody asks at the other end: pages are read out of the
 * frozen tree by whichever driver lives, and CRIU has no say in how that ends.
 */
static int silent_socket(void) {
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return failure_errno("criu", "cannot make CRIU's page socket");
	return criu_high(pair[1]);
}

int source_prepare(void) {
	int pages = -1;
	if (take_up())
		return -1;
	if (journal_state() != ARMED_S && journal_state() != FROZEN)
		return 0; /* the dump is done */
	if (journal_state() == ARMED_S && freezer_insist_on_root())
		return -1;
	if (inode_of(self.c.out, &self.pipes.out) || inode_of(self.c.err, &self.pipes.err) || criu_warm(&self.c) || files_start(&self.c))
		return -1;
	if (config_post_copy(&self.c) && (pages = silent_socket()) < 0)
		return -1;
	return criu_start(&self.criu, &self.c, pages, NULL);
}
