#define _GNU_SOURCE
#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "clock.h"
#include "failure.h"

enum { WAIT_MS = 2000, POLL_US = 20000 };

/* A record lock and not flock: the keeper, which is forked and outlives the driver, does not inherit it. */
int lock_take(const char *directory) {
	char path[4096];
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	snprintf(path, sizeof path, "%s/lock", directory);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return failure_errno("bad-config", "cannot write %s", path);
	for (double end = mono_ms() + WAIT_MS; fcntl(fd, F_SETLK, &whole);) {
		if (errno != EAGAIN && errno != EACCES)
			return failure_errno("bad-config", "cannot lock %s", path);
		if (mono_ms() > end)
			return failure("busy", "another driver of this migration lives; ask that one");
		usleep(POLL_US);
	}
	return 0;
}
