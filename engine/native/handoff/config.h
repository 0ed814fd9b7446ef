/* CONFIG of the driver: `key=value` lines; see docs/INTERFACES.md. */
#ifndef HANDOFF_CONFIG_H
#define HANDOFF_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { CONFIG_LIST = 64 };

struct config {
	/* both sides */
	char *migration, *service, *strategy, *journal, *dir, *cert, *key, *peerca, *peername;
	char *freezer, *appcgroups[CONFIG_LIST], *upper, *volumes[CONFIG_LIST], *tmpfs[CONFIG_LIST];
	char *applog, *dumpdir, *criu, *initsock, *out, *err, *ipc;
	uint32_t epoch;
	long bandwidth; /* bytes per second; 0: no limit */
	pid_t sandboxpid;
	/* source */
	char *peer, *hold, *routehold, *routelocal, *routepeer, *nestedaddr, *localdev, *localmac, *peerdev, *peermac, *snapshot;
	/* destination; routelocal too */
	char *listen, *fenceopen;
	long deadline, answerwithin;
	bool lastpid;
	bool owndump; /* this side was the source, and its container died: it restores its own final dump; nobody is listened to */
};

enum role { SOURCE, DESTINATION };

/* Reads and checks; on failure the message names the key and what to do. */
int config_read(struct config *c, const char *path, enum role role);
bool config_post_copy(const struct config *c);

#endif
