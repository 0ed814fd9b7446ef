#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "destination.h"
#include "events.h"
#include "failure.h"
#include "fault.h"
#include "freezer.h"
#include "initsock.h"
#include "keeper.h"
#include "mutation.h"
#include "pack.h"

/* At home nobody waits for the restore but the service, and the whole memory has to be read from disk first. */
enum { RESTORE_TIMEOUT_MS = 30000, OWN_RESTORE_TIMEOUT_MS = 600000, DAEMON_TIMEOUT_MS = 5000 };

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
	if (criu_restore(&here.criu, lazy, here.images.pipes.out, here.images.pipes.err))
		return -1;
	while (!here.daemon_failed && criu_next(&here.criu, here.c.owndump ? OWN_RESTORE_TIMEOUT_MS : RESTORE_TIMEOUT_MS)) {
		const struct rpc_message *m = &here.criu.last;
		if (m->type != RPC_NOTIFY)
			return restore_failed();
		if (!strcmp(m->script, "pre-resume"))
			return 0;
		if (rpc_acknowledge(here.criu.socket))
			return -1;
	}
	if (here.daemon_failed)
		return failure("restore-failed", "the lazy-pages daemon died during the restore; see lazy-pages.log");
	return restore_failed();
}

static int gate(void) {
	if (fault("gate") || freezer_freeze())
		return -1;
	if (config_post_copy(&here.c) && !here.daemon_ended && !mutated("no-keeper") && keeper_adopt(here.daemon) < 0)
		return -1;
	return here.c.lastpid ? lastpid_wait(&here.lastpid) : 0;
}

static void expired(void *unused) {
	(void)unused;
	if (journal_state() == GATED)
		destination_discard("no commit came before the deadline");
}

int destination_restore_to_gate(void) {
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
	if (destination_restore_to_gate() || journal_write(GATED, WRITTEN)) {
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
