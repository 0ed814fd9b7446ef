#define _GNU_SOURCE
#include "criu.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "criu_parts.h"
#include "failure.h"

static bool dumps_ipc(const struct config *c) { return !strcmp(c->ipc, "dump"); }

int criu_warm(const struct config *c) {
	char *arguments[] = {"check", "--feature", "uffd-noncoop", NULL};
	int status;
	pid_t pid = criu_spawn(c, &(struct criu_program){.arguments = arguments, .socket = -1, .pages = -1, .status = -1, .own_ipc = dumps_ipc(c)});
	if (pid < 0)
		return -1;
	if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return failure("criu", "CRIU's check of this kernel ended with status %d; see driver.log", status);
	log_line("criu check ended with %d", WEXITSTATUS(status));
	return 0;
}

static int write_small(const char *name, const char *text) {
	int fd = openat(criu_parts.images, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (fd >= 0)
		close(fd);
	return written ? 0 : failure_errno("criu", "cannot write %s", name);
}

static void message(void *argument, short events) {
	struct criu *k = argument;
	(void)events;
	if (k->notified)
		return;
	int n = rpc_receive(k->socket, &k->last);
	k->notified = n > 0;
	if (n <= 0 && !(n < 0 && errno == EAGAIN)) {
		k->ended = true;
		loop_unwatch(&k->watch);
	}
	k->settled = k->notified || k->ended;
}

int criu_start(struct criu *k, const struct config *c, int pages, const char *const *cgroups) {
	int pair[2];
	char number[16], settings[64];
	*k = (struct criu){.socket = -1};
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return failure_errno("criu", "cannot make CRIU's socket");
	int theirs = criu_high(pair[1]);
	snprintf(number, sizeof number, "%d", theirs);
	snprintf(settings, sizeof settings, pages >= 0 ? "ps-socket %d\n" : "\n", pages);
	char *arguments[] = {"swrk", number, NULL};
	if (write_small("criu.conf", settings))
		return -1;
	k->socket = pair[0];
	k->pid = criu_spawn(c, &(struct criu_program){.arguments = arguments, .socket = theirs, .pages = pages, .status = -1, .cgroups = cgroups, .own_ipc = dumps_ipc(c)});
	close(theirs);
	if (k->pid < 0) {
		close(k->socket);
		*k = (struct criu){.socket = -1};
		return -1;
	}
	k->watch = (struct watch){.fd = k->socket, .events = POLLIN, .ready = message, .argument = k};
	loop_watch(&k->watch);
	return 0;
}

bool criu_next(struct criu *k, double timeout_ms) {
	loop_until(&k->settled, timeout_ms);
	if (!k->notified) {
		failure("criu", k->ended ? "CRIU ended without an answer" : "CRIU gave no answer in time");
		return false;
	}
	k->notified = false;
	k->settled = k->ended;
	return true;
}

void criu_kill(struct criu *k) {
	if (k->pid <= 0)
		return;
	loop_unwatch(&k->watch);
	kill(k->pid, SIGKILL);
	while (waitpid(k->pid, NULL, 0) < 0 && errno == EINTR)
		;
	close(k->socket);
	*k = (struct criu){.socket = -1};
}
