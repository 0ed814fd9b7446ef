#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "destination.h"
#include "events.h"
#include "failure.h"
#include "fault.h"
#include "fence.h"
#include "freezer.h"
#include "initsock.h"
#include "keeper.h"
#include "nested.h"
#include "pack.h"
#include "route.h"

enum { RESTORE_TIMEOUT_MS = 30000, DAEMON_TIMEOUT_MS = 5000, KILL_TIMEOUT_MS = 10000, HIGH_FD = 200 };

static void daemon_gone(void *argument, short events) {
	(void)argument, (void)events;
	loop_unwatch(&here.daemon_end);
	here.daemon_ended = true;
}

static void daemon_says(void *argument, short events) {
	char byte;
	(void)argument, (void)events;
	loop_unwatch(&here.daemon_status);
	here.daemon_ready = read(here.daemon_status.fd, &byte, 1) == 1;
	close(here.daemon_status.fd);
}

static int start_daemon(void) {
	int status[2];
	if (pipe2(status, O_CLOEXEC))
		return failure_errno("criu", "cannot start the lazy-pages daemon");
	int high = fcntl(status[1], F_DUPFD_CLOEXEC, HIGH_FD);
	close(status[1]);
	int result = criu_start_daemon(&here.c, here.criu_pages, high, &here.daemon);
	close(high);
	if (result)
		return -1;
	here.daemon_status = (struct watch){.fd = status[0], .events = POLLIN, .ready = daemon_says};
	here.daemon_end = (struct watch){.fd = syscall(SYS_pidfd_open, here.daemon, 0), .events = POLLIN, .ready = daemon_gone};
	loop_watch(&here.daemon_status);
	loop_watch(&here.daemon_end);
	return 0;
}

static int prepare_lazy(void) {
	if ((here.criu_pages = pages_open(&here.pages)) < 0)
		return -1;
	int high = fcntl(here.criu_pages, F_DUPFD_CLOEXEC, HIGH_FD);
	close(here.criu_pages);
	here.criu_pages = high;
	if (keeper_start() || start_daemon())
		return -1;
	close(here.criu_pages);
	return 0;
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
	if (journal_state() != ARMED_D)
		return failure("not-armed", "the journal says %s, not armedD; prepare the migration first", state_name(journal_state()));
	if (route_open() || freezer_open(here.c.freezer) || nested_open(here.c.sandboxpid) || criu_open(&here.c) || criu_warm(&here.c))
		return -1;
	if (roots_for_writing(&here.roots, &here.c) || (here.c.lastpid && lastpid_prestart(here.c.sandboxpid, &here.lastpid)))
		return -1;
	if (config_post_copy(&here.c) && prepare_lazy())
		return -1;
	return fence_prepare(here.c.fenceopen) || start_criu() ? -1 : 0;
}

void destination_images(const uint8_t *payload, size_t size) {
	if (journal_state() != ARMED_D)
		return;
	events_begin();
	here.images_failed = images_unpack(criu_images(), payload, size, &here.images) ||
			     criu_feed_daemon(buffer_data(&here.images.inventory), buffer_size(&here.images.inventory)) ||
			     (here.c.lastpid && lastpid_set(&here.lastpid, here.images.highest_pid));
	event("images", "received", ",\"bytes\":%zu", size);
}

static int restore_failed(void) {
	char line[400];
	criu_log_error("restore.log", line, sizeof line);
	return failure("restore-failed", "CRIU could not restore the application: %s", *line ? line : failure_text());
}

static int restore_to_gate(void) {
	bool lazy = config_post_copy(&here.c);
	if (criu_restore(&here.criu, &here.c, lazy, here.images.pipes.out, here.images.pipes.err))
		return -1;
	while (criu_next(&here.criu, RESTORE_TIMEOUT_MS)) {
		const struct rpc_message *m = &here.criu.last;
		if (m->type != RPC_NOTIFY)
			return restore_failed();
		if (!strcmp(m->script, "pre-resume"))
			return 0;
		if (rpc_acknowledge(here.criu.socket))
			return -1;
	}
	return restore_failed();
}

static int gate(void) {
	if (fault("gate") || freezer_freeze())
		return -1;
	if (config_post_copy(&here.c) && keeper_adopt(here.daemon) < 0)
		return -1;
	if (here.c.lastpid && lastpid_wait(&here.lastpid))
		return -1;
	return journal_write(GATED, WRITTEN);
}

static void expired(void *unused) {
	(void)unused;
	if (journal_state() == GATED)
		destination_discard("no commit came before the deadline");
}

static int restore(void) {
	if (here.images_failed || (!config_post_copy(&here.c) && destination_load_dump()))
		return -1;
	if (unpack(&here.roots, buffer_data(&here.changes), buffer_size(&here.changes)))
		return -1;
	event("files", "applied", ",\"bytes\":%zu", buffer_size(&here.changes));
	if (config_post_copy(&here.c) && !loop_until(&here.daemon_ready, DAEMON_TIMEOUT_MS))
		return failure("criu", "the lazy-pages daemon did not get ready; see lazy-pages.log");
	event("restore", "begun", "%s", "");
	if (restore_to_gate())
		return -1;
	event("restore", "restored", "%s", "");
	return gate();
}

void destination_restore(void) {
	uint8_t took[4];
	char answer[64];
	if (journal_state() == GATED) {
		destination_tell(FRAME_RESTORED, "", 0);
		return;
	}
	if (journal_state() != ARMED_D)
		return;
	here.restore_began = mono_ms();
	if (restore()) {
		char why[700];
		snprintf(why, sizeof why, "%s", failure_text());
		destination_discard(why);
		return;
	}
	here.resume_pending = true;
	put32(took, (uint32_t)((mono_ms() - here.restore_began) * 1e3));
	here.deadline = (struct timer){.expired = expired};
	timer_start(&here.deadline, (double)here.c.deadline);
	if (!fault("restored"))
		destination_tell(FRAME_RESTORED, took, sizeof took);
	event("gate", "gated", "%s", "");
	init_request(here.c.initsock, "reopen", answer, sizeof answer);
}

/* CRIU lets go of the tree, then ends: the sandbox's PID 1 becomes the root's parent. */
static void let_criu_end(void) {
	while (criu_next(&here.criu, RESTORE_TIMEOUT_MS) && here.criu.last.type == RPC_NOTIFY)
		rpc_acknowledge(here.criu.socket);
	loop_unwatch(&here.criu.watch);
	close(here.criu.socket);
	while (waitpid(here.criu.pid, NULL, 0) < 0 && errno == EINTR)
		;
	here.criu = (struct criu){.socket = -1};
}

void destination_commit(void) {
	if (journal_state() == RUNNING || journal_state() == WAITING) {
		destination_tell(FRAME_ACK, "", 0);
		return;
	}
	if (journal_state() != GATED) {
		destination_tell(FRAME_DISCARDED, "it was discarded", 16);
		return;
	}
	timer_stop(&here.deadline);
	if (journal_write(RUNNING, WRITTEN))
		return; /* still gated: the source asks again, or the deadline comes */
	if (config_post_copy(&here.c))
		keeper_committed();
	/* the fence opens before the first packet may come, the tree runs before the source is told */
	if (fence_open() || route_run(here.c.routelocal))
		log_line("the service runs without its network: %s", failure_text());
	rpc_acknowledge(here.criu.socket);
	freezer_thaw();
	destination_tell(FRAME_ACK, "", 0);
	event("commit", "running", "%s", "");
	let_criu_end();
	event("resume", "resumed", "%s", "");
	here.outcome = "committed";
	if (!config_post_copy(&here.c)) {
		here.pages_done = true;
		event_end("committed", "%s", "");
	}
}

void destination_daemon_ended(void) {
	int status = 0;
	here.daemon_ended = false;
	waitpid(here.daemon, &status, 0);
	here.daemon = 0;
	log_line("the lazy-pages daemon ended with status %d", status);
	if (here.pages_done || here.over)
		return;
	if (journal_state() == RUNNING && !status && !fault("pages-done")) {
		here.pages_done = true;
		keeper_end();
		pages_close(&here.pages);
		destination_tell(FRAME_PAGES_DONE, "", 0);
		event("pages", "done", ",\"bytes\":%llu", (unsigned long long)pages_received(&here.pages));
		event_end("committed", "%s", "");
		return;
	}
	if (journal_state() != RUNNING) {
		if (journal_state() == GATED)
			destination_discard("the lazy-pages daemon died");
		return;
	}
	/* the keeper still holds the userfaultfds: nothing has read a zero, and nothing will */
	freezer_freeze();
	journal_write(WAITING, SYNCED);
	here.outcome = "waiting";
	event_end("waiting", ",\"code\":\"pages-lost\"");
}

void destination_discard(const char *why) {
	char text[700];
	int size = snprintf(text, sizeof text, "%s", why);
	log_line("discarding: %s", text);
	timer_stop(&here.deadline);
	if (journal_state() != DISCARDED && journal_write(DISCARDED, SYNCED))
		return;
	nested_link_down(); /* a second fence */
	if (here.criu.pid > 0) {
		loop_unwatch(&here.criu.watch);
		kill(here.criu.pid, SIGKILL);
	}
	freezer_kill(KILL_TIMEOUT_MS);
	criu_kill(&here.criu);
	if (here.daemon > 0) {
		loop_unwatch(&here.daemon_end);
		kill(here.daemon, SIGKILL);
		waitpid(here.daemon, NULL, 0);
		here.daemon = 0;
	}
	keeper_end();
	destination_tell(FRAME_DISCARDED, text, (size_t)(size < (int)sizeof text ? size : (int)sizeof text - 1));
	event_end("discarded", "%s", "");
	here.outcome = "discarded";
	here.over = true;
}
