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

/* A TCP connection with another host. What the service has with itself was frozen at both of its ends. */
static bool leads_away(int fd) {
	struct tcp_info info;
	struct sockaddr_storage own = {0}, other = {0};
	socklen_t size = sizeof info, own_size = sizeof own, other_size = sizeof other;
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) || info.tcpi_state == TCP_CLOSE || info.tcpi_state == TCP_LISTEN)
		return false;
	if (getsockname(fd, (struct sockaddr *)&own, &own_size) || getpeername(fd, (struct sockaddr *)&other, &other_size))
		return false;
	const struct sockaddr_in *here = (struct sockaddr_in *)&own, *there = (struct sockaddr_in *)&other;
	if (own.ss_family == AF_INET)
		return here->sin_addr.s_addr != there->sin_addr.s_addr;
	const struct sockaddr_in6 *here6 = (struct sockaddr_in6 *)&own, *there6 = (struct sockaddr_in6 *)&other;
	return own.ss_family == AF_INET6 && !IN6_ARE_ADDR_EQUAL(&here6->sin6_addr, &there6->sin6_addr);
}

/* The kernel sends a reset, and the application reads that its connection was reset. */
static int reset(int pidfd, int number) {
	struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
	int fd = syscall(SYS_pidfd_getfd, pidfd, number, 0);
	if (fd < 0)
		return -1;
	int ended = !leads_away(fd) ? 0 : connect(fd, &nowhere, sizeof nowhere) ? -1 : 1;
	close(fd);
	return ended;
}

static bool is_socket(int directory, const char *name) {
	char link[64];
	ssize_t n = readlinkat(directory, name, link, sizeof link);
	return n > 7 && !strncmp(link, "socket:", 7);
}

/* Does it to every socket of a process; how many it concerned, or -1. */
static int for_each(pid_t pid, int (*act)(int pidfd, int number), const char *what) {
	char path[40];
	int pidfd = syscall(SYS_pidfd_open, pid, 0), done = 0, failed = 0;
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
		int one = is_socket(dirfd(d), e->d_name) ? act(pidfd, atoi(e->d_name)) : 0;
		if (one < 0)
			failed = failure_errno("repair", "cannot %s on descriptor %s of process %d", what, e->d_name, pid);
		else
			done += one;
	}
	closedir(d);
	close(pidfd);
	return failed ? -1 : done;
}

int repair_off(pid_t pid) { return for_each(pid, mend, "end TCP repair"); }

int connections_end(pid_t pid) { return for_each(pid, reset, "end the connection"); }
