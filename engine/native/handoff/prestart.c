#define _GNU_SOURCE
#include "prestart.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <signal.h>

#include "../enter.h"
#include "failure.h"

static int wait_for(pid_t pid) {
	int status = 0;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

int nft_prestart(struct prestarted *p) {
	int ends[2];
	if (pipe2(ends, O_CLOEXEC))
		return failure_errno("network", "cannot prepare nft");
	p->pid = fork();
	if (p->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(ends[0], STDIN_FILENO);
		execlp("nft", "nft", "-f", "-", NULL);
		_exit(127);
	}
	close(ends[0]);
	p->input = ends[1];
	return p->pid < 0 ? failure_errno("network", "cannot prepare nft") : 0;
}

int nft_apply(struct prestarted *p, const char *command) {
	int written = dprintf(p->input, "%s\n", command);
	close(p->input);
	int status = wait_for(p->pid);
	p->pid = 0;
	return written < 0 || status ? failure("network", "`nft %s` failed; see driver.log", command) : 0;
}

/* In the sandbox's PID namespace, with the outer container's files: ns_last_pid means the namespace of whoever writes. */
static int set_last_pid(void *argument) {
	int input = *(int *)argument, highest = 0;
	char text[16];
	if (read(input, &highest, sizeof highest) != sizeof highest)
		return 0;
	int size = snprintf(text, sizeof text, "%d", highest);
	int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
	return fd >= 0 && write(fd, text, (size_t)size) == size ? 0 : 1;
}

int lastpid_prestart(pid_t sandbox, struct prestarted *p) {
	int ends[2];
	const char *what;
	if (pipe2(ends, O_CLOEXEC))
		return failure_errno("sandbox", "cannot prepare ns_last_pid");
	p->pid = enter_fork(sandbox, true, set_last_pid, &ends[0], &what);
	close(ends[0]);
	p->input = ends[1];
	return p->pid < 0 ? failure_errno("sandbox", "cannot prepare ns_last_pid (%s)", what) : 0;
}

int lastpid_set(struct prestarted *p, int highest) {
	return write(p->input, &highest, sizeof highest) == sizeof highest ? 0 : failure_errno("sandbox", "cannot set ns_last_pid");
}

int lastpid_wait(struct prestarted *p) {
	int status = wait_for(p->pid);
	close(p->input);
	p->pid = 0;
	return status ? failure("sandbox", "cannot set ns_last_pid in the sandbox (status %d)", status) : 0;
}
