/* The way back of a source whose container died in the freeze of a stop-and-copy: its final dump is whole, on its own disk. */
#define _GNU_SOURCE
#include "destination.h"
#include "dumpdir.h"
#include "events.h"
#include "failure.h"
#include "freezer.h"

enum { KILL_TIMEOUT_MS = 10000 };

static int verify(void) {
	static struct manifest m;
	if (!manifest_read(criu_images(), &m))
		return failure("no-dump", "there is no complete dump here");
	for (size_t i = 0; i < m.count; i++)
		if (!manifest_verifies(criu_images(), &m.files[i]))
			return failure("no-dump", "%s of the dump is damaged", m.files[i].name);
	return 0;
}

/* What was begun is taken away, and nothing of the dump: it may be tried again. */
static int give_back(void) {
	criu_kill(&here.criu);
	freezer_kill(KILL_TIMEOUT_MS);
	event_end("discarded", ",\"code\":\"%s\"", failure_code());
	here.over = true;
	return -1;
}

int destination_restore_own(void) {
	if (journal_state() == RUNNING)
		return 0;
	if (!here.c.owndump)
		return failure("bad-request", "only a source restores its own dump");
	if (here.over)
		return failure("given-up", "this driver has given the restore up; ask again when it has ended");
	events_begin();
	if (verify() || destination_restore_to_gate() || journal_write(RUNNING, SYNCED))
		return give_back();
	here.resume_pending = true;
	destination_commit();
	return 0;
}
