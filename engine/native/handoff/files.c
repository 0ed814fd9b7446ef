#define _GNU_SOURCE
#include "files.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "failure.h"
#include "fault.h"
#include "loop.h"
#include "walk.h"

static pid_t worker;
static int results = -1;
static bool answered, good;
static struct watch channel = {.fd = -1};

static int look(const struct entry *e, void *argument) {
	(void)e, (void)argument;
	return 0;
}

static bool compare_once(const struct config *c, const struct roots *r) {
	struct buffer changes = {0};
	bool ok = !files_changes(r, c->snapshot, &changes);
	size_t size = buffer_size(&changes), done = 0;
	ok = ok && !ftruncate(results, 0);
	while (ok && done < size) {
		ssize_t n = pwrite(results, buffer_data(&changes) + done, size - done, (off_t)done);
		ok = n > 0;
		done += ok ? (size_t)n : 0;
	}
	buffer_free(&changes);
	return ok;
}

static void work(const struct config *c, const struct roots *r, int socket) {
	char go, answer;
	for (unsigned i = 0; i < r->count; i++)
		walk(r->all[i].fd, i, look, NULL);
	while (read(socket, &go, 1) == 1) {
		answer = compare_once(c, r) ? 'y' : 'n';
		if (write(socket, &answer, 1) != 1)
			break;
	}
	_exit(0);
}

static void ready(void *argument, short events) {
	char answer = 'n';
	(void)argument, (void)events;
	if (read(channel.fd, &answer, 1) <= 0)
		loop_unwatch(&channel);
	good = answer == 'y';
	answered = true;
}

int files_start(const struct config *c) {
	struct roots r;
	int pair[2];
	if (roots_for_reading(&r, c))
		return -1;
	results = memfd_create("changes", MFD_CLOEXEC);
	if (results < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return failure_errno("files", "cannot start the files worker");
	worker = fork();
	if (worker == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(pair[0]);
		work(c, &r, pair[1]);
	}
	close(pair[1]);
	for (unsigned i = 0; i < r.count; i++)
		close(r.all[i].fd);
	channel = (struct watch){.fd = pair[0], .events = POLLIN, .ready = ready};
	loop_watch(&channel);
	return worker < 0 ? failure_errno("files", "cannot start the files worker") : 0;
}

int files_go(void) {
	answered = good = false;
	return write(channel.fd, "g", 1) == 1 ? 0 : failure_errno("files", "the files worker is gone");
}

int files_collect(struct buffer *changes, double timeout_ms) {
	if (fault("files"))
		return -1;
	if (!loop_until(&answered, timeout_ms))
		return failure("files", "comparing the files took more than %.0f ms", timeout_ms);
	off_t size = lseek(results, 0, SEEK_END);
	if (!good || size < 0)
		return failure("files", "the files could not be compared; see driver.log");
	for (off_t done = 0; done < size;) {
		ssize_t n = pread(results, buffer_room(changes, (size_t)(size - done)), (size_t)(size - done), done);
		if (n <= 0)
			return failure_errno("files", "cannot read the changed files");
		buffer_grew(changes, (size_t)n);
		done += n;
	}
	return 0;
}

void files_stop(void) {
	loop_unwatch(&channel);
	if (channel.fd >= 0)
		close(channel.fd);
	channel.fd = -1;
	if (worker > 0) {
		kill(worker, SIGKILL);
		waitpid(worker, NULL, 0);
	}
	worker = 0;
}
