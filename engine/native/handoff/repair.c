#define _GNU_SOURCE
#include "repair.h"

#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "failure.h"

static int mend(int pidfd, int number) {
	int on = 0, off = 0, mended = 0;
	socklen_t size = sizeof on;
	int fd = syscall(SYS_pidfd_getfd, pidfd, number, 0);
	if (fd < 0)
		return -1;
	if (!getsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &on, &size) && on)
		mended = setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &off, sizeof off) ? -1 : 1;
	close(fd);
	return mended;
}

static bool is_socket(int directory, const char *name) {
	char link[64];
	ssize_t n = readlinkat(directory, name, link, sizeof link);
	return n > 7 && !strncmp(link, "socket:", 7);
}

int repair_off(pid_t pid) {
	char path[40];
	int pidfd = syscall(SYS_pidfd_open, pid, 0), mended = 0, failed = 0;
	snprintf(path, sizeof path, "/proc/%d/fd", pid);
	DIR *d = opendir(path);
	if (pidfd < 0 || !d) {
		int gone = errno == ESRCH || errno == ENOENT;
		if (pidfd >= 0)
			close(pidfd);
		if (d)
			closedir(d);
		return gone ? 0 : failure_errno("repair", "cannot look at the sockets of process %d", pid);
	}
	for (struct dirent *e; (e = readdir(d));) {
		int one = is_socket(dirfd(d), e->d_name) ? mend(pidfd, atoi(e->d_name)) : 0;
		if (one < 0)
			failed = failure_errno("repair", "cannot end TCP repair on descriptor %s of process %d", e->d_name, pid);
		else
			mended += one;
	}
	closedir(d);
	close(pidfd);
	return failed ? -1 : mended;
}
