/* Everything that can be started before the freeze. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "destination.h"
#include "failure.h"
#include "fence.h"
#include "freezer.h"
#include "keeper.h"
#include "mutation.h"
#include "nested.h"
#include "route.h"

enum { HIGH_FD = 200 };

static void daemon_gone(void *argument, short events) {
	(void)argument, (void)events;
	loop_unwatch(&here.daemon_end);
	here.daemon_ended = true;
	siginfo_t end = {0};
	here.daemon_failed = waitid(P_PID, (id_t)here.daemon, &end, WEXITED | WNOHANG | WNOWAIT) || end.si_code != CLD_EXITED || end.si_status;
	/* What it served is held open: a restore that needs pages would wait for them until its time is over. */
	if (here.daemon_failed && journal_state() == ARMED_D)
		here.criu.settled = true;
}

static void daemon_says(void *argument, short events) {
	char byte;
	(void)argument, (void)events;
	loop_unwatch(&here.daemon_status);
	here.daemon_ready = read(here.daemon_status.fd, &byte, 1) == 1;
	close(here.daemon_status.fd);
}

static int start_daemon(int holder) {
	int status[2];
	if (pipe2(status, O_CLOEXEC))
		return failure_errno("criu", "cannot start the lazy-pages daemon");
	int high = fcntl(status[1], F_DUPFD_CLOEXEC, HIGH_FD);
	close(status[1]);
	int result = criu_start_daemon(&here.c, here.criu_pages, high, mutated("no-keeper") ? 0 : holder, &here.daemon);
	close(high);
	if (result)
		return -1;
	here.daemon_status = (struct watch){.fd = status[0], .events = POLLIN, .ready = daemon_says};
	here.daemon_end = (struct watch){.fd = syscall(SYS_pidfd_open, here.daemon, 0), .events = POLLIN, .ready = daemon_gone};
	loop_watch(&here.daemon_status);
	loop_watch(&here.daemon_end);
	return 0;
}

static void note_unreadable(void) { here.unreadable = true; }

static int prepare_lazy(void) {
	destination_forget_pages();
	if ((here.criu_pages = pages_asked_open(&here.pages, note_unreadable)) < 0)
		return -1;
	int high = fcntl(here.criu_pages, F_DUPFD_CLOEXEC, HIGH_FD);
	close(here.criu_pages);
	here.criu_pages = high;
	int holder = criu_high(keeper_start());
	int result = holder < 0 ? -1 : start_daemon(holder);
	close(holder);
	close(here.criu_pages);
	return result;
}

/* What the restored processes are born into: the application's cgroups, its freezer last. */
static int start_criu(void) {
	const char *procs[CONFIG_LIST + 2] = {0};
	char freezer[4096];
	size_t n = 0;
	for (; here.c.appcgroups[n]; n++)
		procs[n] = here.c.appcgroups[n];
	snprintf(freezer, sizeof freezer, "%s/cgroup.procs", here.c.freezer);
	procs[n] = freezer;
	return criu_start(&here.criu, &here.c, -1, procs);
}

int destination_prepare(void) {
	if (journal_state() == GATED) {
		/* a driver before us died: its copy cannot be completed */
		if (freezer_open(here.c.freezer) || nested_open(here.c.sandboxpid))
			return -1;
		destination_discard("the driver was restarted before the commit");
		return failure("discarded", "the driver was restarted before the commit; the gated copy is discarded");
	}
	if (journal_state() == RUNNING || journal_state() == WAITING)
		return destination_recover();
	bool own = here.c.owndump && (journal_state() == ARMED_S || journal_state() == FROZEN || journal_state() == HANDED_OFF);
	if (journal_state() != ARMED_D && !own)
		return failure("not-armed", "the journal says %s, not armedD; prepare the migration first", state_name(journal_state()));
	if (route_open() || freezer_open(here.c.freezer) || nested_open(here.c.sandboxpid) || criu_open(&here.c) || criu_warm(&here.c))
		return -1;
	if (roots_for_writing(&here.roots, &here.c) || (here.c.lastpid && lastpid_prestart(here.c.sandboxpid, &here.lastpid)))
		return -1;
	if (config_post_copy(&here.c) && prepare_lazy())
		return -1;
	return fence_prepare(here.c.fenceopen) || start_criu() ? -1 : 0;
}
