#define _GNU_SOURCE
#include "freezer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"
#include "clock.h"
#include "failure.h"
#include "inner_pid.h"

enum { FREEZE_TIMEOUT_MS = 2000, POLL_US = 50 };

static int directory = -1, control = -1;
static bool version2;

int freezer_open(const char *path) {
	directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return failure_errno("bad-config", "cannot open the freezer cgroup %s", path);
	control = openat(directory, "freezer.state", O_RDWR | O_CLOEXEC);
	if (control < 0) {
		version2 = true;
		control = openat(directory, "cgroup.freeze", O_RDWR | O_CLOEXEC);
	}
	return control < 0 ? failure_errno("bad-config", "%s has neither freezer.state nor cgroup.freeze; is it a freezer cgroup?", path) : 0;
}

static bool says(const char *file, const char *wanted) {
	char text[256];
	int fd = openat(directory, file, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (fd >= 0)
		close(fd);
	if (n < 0)
		return false;
	text[n] = 0;
	return strstr(text, wanted) != NULL;
}

bool freezer_asked(void) { return says(version2 ? "cgroup.freeze" : "freezer.self_freezing", "1"); }

bool freezer_frozen(void) { return version2 ? says("cgroup.events", "frozen 1") : says("freezer.state", "FROZEN"); }

/* The engine removes the cgroup of a service that has moved away as soon as the journal says so; only an empty one can be removed. */
static bool removed(void) { return faccessat(directory, "cgroup.procs", F_OK, 0) && (errno == ENOENT || errno == ENODEV); }

static int write_state(bool freeze) {
	const char *text = version2 ? (freeze ? "1" : "0") : (freeze ? "FROZEN" : "THAWED");
	if (pwrite(control, text, strlen(text), 0) < 0)
		return failure_errno("freezer", "cannot write %s to the freezer cgroup", text);
	return 0;
}

int freezer_freeze(void) {
	double end = mono_ms() + FREEZE_TIMEOUT_MS;
	if (write_state(true))
		return -1;
	while (!freezer_frozen()) {
		if (mono_ms() > end)
			return failure("freezer", "the application did not freeze within %d ms; a process may hang in the kernel", FREEZE_TIMEOUT_MS);
		usleep(POLL_US);
	}
	return 0;
}

int freezer_thaw(void) { return write_state(false); }

ssize_t freezer_pids(pid_t **pids) {
	struct buffer text = {0};
	size_t count = 0;
	if (buffer_file(&text, directory, "cgroup.procs"))
		return failure_errno("freezer", "cannot read cgroup.procs of the freezer cgroup");
	buffer_add(&text, "", 1);
	*pids = malloc((buffer_size(&text) / 2 + 1) * sizeof **pids);
	for (char *at = (char *)buffer_data(&text), *end; *at; at = end + strspn(end, "\n")) {
		long pid = strtol(at, &end, 10);
		if (end == at)
			break;
		if (pid > 0)
			(*pids)[count++] = (pid_t)pid;
	}
	buffer_free(&text);
	return (ssize_t)count;
}

int freezer_insist_on_root(void) {
	pid_t *pids;
	bool found = false;
	ssize_t n = freezer_pids(&pids);
	if (n < 0)
		return -1;
	for (ssize_t i = 0; i < n && !found; i++)
		found = inner_pid(pids[i]) == APPLICATION_ROOT;
	free(pids);
	return found ? 0 : failure("outside-freezer", "the application is not in its freezer cgroup, and would run on while it is moved; start the service again");
}

static ssize_t kill_all(void) {
	pid_t *pids;
	ssize_t n = freezer_pids(&pids);
	for (ssize_t i = 0; i < n; i++)
		if (kill(pids[i], SIGKILL) && errno != ESRCH)
			log_line("cannot kill %d: %s", pids[i], strerror(errno));
	if (n >= 0)
		free(pids);
	return n;
}

int freezer_kill(double timeout_ms) {
	double end = mono_ms() + timeout_ms;
	while (!removed()) {
		kill_all();
		/* fails also between the removal of its file and that of the cgroup */
		bool thawed = !freezer_thaw();
		if (thawed && kill_all() == 0)
			break;
		if (mono_ms() > end)
			return thawed ? failure("kill", "processes of the frozen application did not die within %.0f ms", timeout_ms) : -1;
		usleep(1000);
	}
	return 0;
}
