/* Stop-and-copy: every step may be repeated, and may come after the death of the driver that did the step before. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "dumpdir.h"
#include "events.h"
#include "failure.h"
#include "fault.h"
#include "files.h"
#include "freezer.h"
#include "quiet.h"
#include "source.h"

enum { DUMP_TIMEOUT_MS = 600000, FILES_TIMEOUT_MS = 60000, ANSWER_TIMEOUT_MS = 600000, CHUNK = 256 << 10 };

static struct timer limit;

static void too_late(void *unused) {
	(void)unused;
	if (journal_state() == FROZEN)
		source_resume("no commit came within the time that the ticket allows");
}

void source_limit_freeze(void) {
	limit = (struct timer){.expired = too_late};
	if (self.c.deadline)
		timer_start(&limit, (double)self.c.deadline);
}

int source_only_stepwise(void) {
	if (config_post_copy(&self.c))
		return failure("wrong-strategy", "this migration is post-copy; its steps are done by `handoff`");
	return 0;
}

static bool past_commit(void) { return journal_state() == HANDED_OFF || journal_state() == RELAYING; }

int source_freeze(void) {
	if (source_only_stepwise())
		return -1;
	if (journal_state() == FROZEN || past_commit())
		return 0;
	if (journal_state() != ARMED_S)
		return failure("not-armed", "the journal says %s, not armedS; prepare the migration first", state_name(journal_state()));
	if (source_refuse_resumed() || source_expect_peer())
		return -1;
	if (source_hold() || fault("freeze") || freezer_freeze() || freezer_insist_on_root() || quiet_set(true) || journal_write(FROZEN, SYNCED)) {
		char text[700];
		snprintf(text, sizeof text, "%s", failure_text());
		source_resume(text);
		return failure("freeze-failed", "%s", text);
	}
	source_limit_freeze();
	event("freeze", "frozen", "%s", "");
	return 0;
}

static void clear(int directory) {
	int again = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = again < 0 ? NULL : fdopendir(again);
	for (struct dirent *e; d && (e = readdir(d));)
		if (e->d_name[0] != '.' && strcmp(e->d_name, "criu.conf"))
			unlinkat(directory, e->d_name, 0);
	if (d)
		closedir(d);
}

static int dump_failed(void) {
	char line[400];
	criu_log_error("dump.log", line, sizeof line);
	criu_kill(&self.criu);
	return failure("dump-failed", "CRIU could not dump the application: %s", *line ? line : "no reason given");
}

/*
 * CRIU thaws the tree while it holds every process by ptrace. When all is written the tree is frozen again before CRIU lets go, and CRIU is ended
 * there: no process is stopped by a signal that it could notice.
 */
static int dump(void) {
	if (self.criu.pid <= 0 && criu_start(&self.criu, &self.c, -1, NULL))
		return -1;
	if (criu_dump(&self.criu, false))
		return -1;
	while (criu_next(&self.criu, DUMP_TIMEOUT_MS)) {
		if (self.criu.last.type != RPC_NOTIFY)
			return dump_failed();
		if (!strcmp(self.criu.last.script, "post-dump")) {
			int result = freezer_freeze();
			criu_kill(&self.criu);
			return result;
		}
		if (rpc_acknowledge(self.criu.socket))
			return -1;
	}
	return dump_failed();
}

static int store_changes(int directory) {
	struct buffer changes = {0}, tail = {0};
	char pipes[64];
	int size = snprintf(pipes, sizeof pipes, "%lu %lu", self.pipes.out, self.pipes.err);
	applog_begin(self.c.applog, self.peer_log);
	int failed = source_log_tail(&tail) || files_go() || files_collect(&changes, FILES_TIMEOUT_MS) ||
		     dumpdir_write(directory, DUMP_FILES, buffer_data(&changes), buffer_size(&changes)) ||
		     dumpdir_write(directory, DUMP_LOG, buffer_data(&tail), buffer_size(&tail)) ||
		     dumpdir_write(directory, DUMP_STDIO, pipes, (size_t)size);
	if (!failed)
		event("files", "stored", ",\"bytes\":%zu,\"log\":%zu", buffer_size(&changes), buffer_size(&tail));
	buffer_free(&changes);
	buffer_free(&tail);
	return failed ? -1 : 0;
}

static struct manifest manifest;

int source_final_dump(void) {
	if (source_only_stepwise())
		return -1;
	if (past_commit())
		return 0;
	if (journal_state() != FROZEN)
		return failure("not-frozen", "the journal says %s; run freeze first", state_name(journal_state()));
	int directory = dumpdir_open(self.c.dumpdir), result = 0;
	if (directory < 0)
		return -1;
	if (!manifest_read(directory, &manifest)) {
		clear(directory);
		result = source_expect_peer() || dump() || store_changes(directory) || manifest_make(directory, &manifest);
	}
	close(directory);
	if (result)
		return -1;
	self.bytes = 0;
	for (size_t i = 0; i < manifest.count; i++)
		self.bytes += manifest.files[i].size;
	event("dump", "stored", ",\"bytes\":%zu", self.bytes);
	return 0;
}

static bool has_answered(void) { return buffer_size(&self.dump_have) || self.refusal || !self.peer_ready || self.discarded; }
static bool has_stored(void) { return self.dump_stored || self.refusal || !self.peer_ready || self.discarded; }
static bool may_send(void) { return buffer_size(&self.control.out) < LINK_OUTPUT_MARK || !self.peer_ready; }

static int peer_trouble(void) {
	if (self.refusal)
		return failure("transfer-failed", "the destination could not store the dump; see its driver.log. Transfer again");
	if (self.discarded)
		return failure("discarded", "the destination discarded: %s", self.discard_reason);
	return failure("peer-lost", "the connection to the destination broke; transfer again");
}

static int send_file(int directory, uint32_t index) {
	static uint8_t chunk[CHUNK];
	uint8_t head[12];
	uint64_t at = 0;
	int fd = openat(directory, manifest.files[index].name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return failure_errno("dump", "cannot read %s of the dump", manifest.files[index].name);
	put32(head, index);
	for (ssize_t n; (n = read(fd, chunk, sizeof chunk)) > 0 && self.peer_ready && !self.refusal; at += (uint64_t)n) {
		put64(head + 4, at);
		link_send2(&self.control, FRAME_DUMP_DATA, head, sizeof head, chunk, (size_t)n);
		loop_turn(0);
		loop_wait(may_send, ANSWER_TIMEOUT_MS);
	}
	close(fd);
	return at == manifest.files[index].size ? 0 : peer_trouble();
}

static bool peer_has(uint32_t index) {
	const uint8_t *at = buffer_data(&self.dump_have);
	/* the first number is how many follow */
	for (size_t i = 4; i + 4 <= buffer_size(&self.dump_have); i += 4)
		if (get32(at + i) == index)
			return true;
	return false;
}

static int send_dump(int directory) {
	struct buffer text = {0};
	self.refusal = self.dump_stored = false;
	buffer_clear(&self.dump_have);
	manifest_print(&manifest, &text);
	link_send(&self.control, FRAME_DUMP_BEGIN, buffer_data(&text), buffer_size(&text));
	buffer_free(&text);
	if (!loop_wait(has_answered, ANSWER_TIMEOUT_MS) || !buffer_size(&self.dump_have))
		return peer_trouble();
	for (uint32_t i = 0; i < manifest.count; i++)
		if (!peer_has(i) && send_file(directory, i))
			return -1;
	link_send(&self.control, FRAME_DUMP_END, "", 0);
	return loop_wait(has_stored, ANSWER_TIMEOUT_MS) && self.dump_stored ? 0 : peer_trouble();
}

int source_transfer(void) {
	if (source_only_stepwise())
		return -1;
	if (past_commit() || self.restored)
		return 0;
	if (journal_state() != FROZEN)
		return failure("not-frozen", "the journal says %s; run freeze and final-dump first", state_name(journal_state()));
	int directory = dumpdir_open(self.c.dumpdir);
	if (directory < 0)
		return -1;
	int result = manifest_read(directory, &manifest) ? 0 : failure("no-dump", "there is no complete dump; run final-dump first");
	result = result || fault("transfer") || source_expect_peer() || send_dump(directory) ? -1 : 0;
	close(directory);
	if (!result)
		event("transfer", "stored", ",\"bytes\":%zu", self.bytes);
	return result;
}

int source_restore(void) {
	if (source_only_stepwise())
		return -1;
	if (past_commit() || self.restored)
		return 0;
	if (journal_state() != FROZEN)
		return failure("not-frozen", "the journal says %s; run freeze, final-dump and transfer first", state_name(journal_state()));
	if (!self.dump_stored)
		return failure("not-transferred", "the destination does not have the dump; run transfer first");
	if (source_expect_peer())
		return -1;
	link_send(&self.control, FRAME_RESTORE, "", 0);
	return source_await_restored(ANSWER_TIMEOUT_MS);
}
