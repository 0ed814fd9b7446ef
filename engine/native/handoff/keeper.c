#define _GNU_SOURCE
#include "keeper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "failure.h"
#include "freezer.h"
#include "journal.h"

enum word { ADOPT = 'a', COMMITTED = 'c', END = 'e' };

static int channel = -1;
static pid_t keeper;

/* The driver is dead. Nothing may run on without its pages; hold on until the tree is gone. */
static void hold_on(bool committed) {
	pid_t *pids;
	if (!freezer_freeze() && committed)
		journal_write(WAITING, SYNCED);
	for (ssize_t n = 1; n > 0; sleep(1)) {
		n = freezer_pids(&pids);
		if (n >= 0)
			free(pids);
	}
}

static void keep(int socket) {
	bool committed = false;
	for (;;) {
		char word = 0;
		union {
			struct cmsghdr align;
			char bytes[CMSG_SPACE(sizeof(int))];
		} control; /* what it carries stays open: that is the purpose */
		struct iovec one = {&word, 1};
		struct msghdr m = {.msg_iov = &one, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
		ssize_t n = recvmsg(socket, &m, 0);
		if (n <= 0)
			break;
		if (word == END)
			_exit(0);
		if (word == COMMITTED)
			committed = true;
	}
	hold_on(committed);
	_exit(0);
}

int keeper_start(void) {
	int pair[2], holder[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) || pipe2(holder, O_CLOEXEC))
		return failure_errno("keeper", "cannot start the keeper");
	keeper = fork();
	if (keeper < 0)
		return failure_errno("keeper", "cannot start the keeper");
	if (keeper == 0) {
		setsid();
		prctl(PR_SET_NAME, "handoff-keeper");
		signal(SIGTERM, SIG_IGN);
		close(pair[0]);
		close(holder[0]);
		keep(pair[1]); /* with the other end of `holder`, which closes with us */
	}
	close(pair[1]);
	close(holder[1]);
	channel = pair[0];
	return holder[0];
}

static int tell(enum word word, int fd) {
	char byte = (char)word;
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec one = {&byte, 1};
	struct msghdr m = {.msg_iov = &one, .msg_iovlen = 1};
	if (fd >= 0) {
		m.msg_control = &control;
		m.msg_controllen = sizeof control;
		control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
		memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
	}
	return sendmsg(channel, &m, MSG_NOSIGNAL) == 1 ? 0 : failure_errno("keeper", "cannot talk to the keeper");
}

static bool is_userfaultfd(int directory, const char *name) {
	char link[64] = "";
	ssize_t n = readlinkat(directory, name, link, sizeof link - 1);
	return n > 0 && strstr(link, "[userfaultfd]");
}

int keeper_adopt(pid_t daemon) {
	char path[40];
	int pidfd = syscall(SYS_pidfd_open, daemon, 0), count = 0;
	snprintf(path, sizeof path, "/proc/%d/fd", daemon);
	DIR *d = opendir(path);
	if (pidfd < 0 || !d)
		return failure_errno("keeper", "cannot look at the lazy-pages daemon");
	for (struct dirent *e; count >= 0 && (e = readdir(d));) {
		if (!is_userfaultfd(dirfd(d), e->d_name))
			continue;
		int fd = syscall(SYS_pidfd_getfd, pidfd, atoi(e->d_name), 0);
		/* It ends at this moment, as it may have a moment before: what that means is told by its exit code, to who reaps it. */
		if (fd < 0 && errno == ESRCH)
			break;
		count = fd < 0 || tell(ADOPT, fd) ? failure_errno("keeper", "cannot duplicate a userfaultfd") : count + 1;
		if (fd >= 0)
			close(fd);
	}
	closedir(d);
	close(pidfd);
	return count;
}

void keeper_committed(void) {
	if (keeper > 0)
		tell(COMMITTED, -1);
}

void keeper_end(void) {
	if (keeper <= 0)
		return;
	tell(END, -1);
	close(channel);
	waitpid(keeper, NULL, 0);
	keeper = 0;
}
