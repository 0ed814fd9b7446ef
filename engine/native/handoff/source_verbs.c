/* What is asked on ctl.sock. A verb runs in the main loop; who asks for a running one gets its answer too. */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "failure.h"
#include "hold.h"
#include "json.h"
#include "source.h"

static char pending[32]; /* verb that the main loop runs next */
static char next_state[32];

static void status(struct buffer *answer) {
	buffer_text(answer, "{\"ok\":true,\"state\":\"%s\",\"peer\":\"%s\",\"ready\":%s,\"held\":%zu,\"downtimeMs\":%.3f,\"outcome\":\"%s\"}",
		    state_name(journal_state()), self.peer_ready ? state_name(self.peer_state) : "unreachable", source_peer_ready() ? "true" : "false",
		    hold_packets(), self.downtime, self.outcome ? self.outcome : "");
}

/* What is asked while another verb waits, and ends its waiting. */
static bool ends_another(const char *verb) { return !strcmp(verb, "abort") || !strcmp(verb, "answer") || !strcmp(verb, "take-back") || !strcmp(verb, "retire"); }

bool source_ask(const char *verb, const char *request, struct buffer *answer) {
	static const char *const verbs[] = {"handoff", "freeze", "final-dump", "transfer", "restore", "commit", "abort", "answer", "finish", "take-back", "retire"};
	if (!strcmp(verb, "status")) {
		status(answer);
		return true;
	}
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (!strcmp(verb, verbs[i])) {
			if (*pending && strcmp(pending, verb) && !ends_another(verb)) {
				buffer_text(answer, "{\"ok\":false,\"code\":\"busy\",\"message\":\"%s is under way; ask again when it is done\"}", pending);
				return true;
			}
			if (!strcmp(verb, "answer"))
				json_string(request, "state", next_state, sizeof next_state);
			snprintf(pending, sizeof pending, "%s", verb);
			return false;
		}
	buffer_text(answer, "{\"ok\":false,\"code\":\"bad-request\",\"message\":\"unknown verb; the source knows status, handoff, freeze, final-dump, transfer, "
			    "restore, commit, abort, answer, finish, take-back, retire\"}");
	return true;
}

static int abort_verb(void) {
	switch (journal_state()) {
	case RUNNING:
		return 0;
	case ARMED_S:
	case FROZEN:
		return source_resume("asked to");
	case HANDED_OFF:
		link_send(&self.control, FRAME_ABORT, "", 0); /* only a question: the destination's journal decides */
		if (self.discarded)
			return source_resume(self.discard_reason);
		return failure("in-doubt", "the commit was sent and the destination does not answer; the service stays frozen until its journal is known");
	default:
		return failure("committed", "the destination owns the service since its commit; finish the migration instead");
	}
}

static int answer_verb(void) {
	if (journal_state() != HANDED_OFF)
		return 0;
	if (!strcmp(next_state, "running"))
		return source_committed();
	if (!strcmp(next_state, "discarded"))
		return source_resume("the destination's journal says discarded");
	return failure("bad-request", "answer needs \"state\":\"running\" or \"state\":\"discarded\"");
}

/* Whoever asks has made sure that the destination never runs again. */
static int take_back_verb(void) {
	if (journal_state() == RUNNING)
		return 0;
	if (journal_state() != OWING)
		return failure("not-owing", "the journal says %s; only a service whose pages are still here can be taken back", state_name(journal_state()));
	return source_take_back("the destination is lost for good");
}

/* Whoever asks has seen that the destination needs none of the pages that are here, which it may never be able to say itself. */
static int retire_verb(void) {
	if (journal_state() == RELAYING)
		return 0;
	if (journal_state() != OWING)
		return failure("not-owing", "the journal says %s; only a service whose pages are still here has any to give up", state_name(journal_state()));
	return source_retire();
}

static int run(const char *verb) {
	if (!strcmp(verb, "handoff"))
		return source_handoff() || source_commit() ? -1 : 0;
	if (!strcmp(verb, "freeze"))
		return source_freeze();
	if (!strcmp(verb, "final-dump"))
		return source_final_dump();
	if (!strcmp(verb, "transfer"))
		return source_transfer();
	if (!strcmp(verb, "restore"))
		return source_restore();
	if (!strcmp(verb, "commit"))
		return source_only_stepwise() ? -1 : source_commit();
	if (!strcmp(verb, "abort"))
		return abort_verb();
	if (!strcmp(verb, "answer"))
		return answer_verb();
	if (!strcmp(verb, "take-back"))
		return take_back_verb();
	if (!strcmp(verb, "retire"))
		return retire_verb();
	return source_finish();
}

static void answer(const char *verb, int result) {
	struct buffer a = {0};
	if (!result)
		buffer_text(&a, "{\"ok\":true,\"state\":\"%s\",\"downtimeMs\":%.3f,\"bytes\":%zu,\"held\":%zu}", state_name(journal_state()), self.downtime,
			    self.bytes, hold_packets());
	else {
		char tail[3000];
		criu_log_tail("dump.log", tail, sizeof tail);
		buffer_text(&a, "{\"ok\":false,\"code\":\"%s\",\"state\":\"%s\",\"message\":", failure_code(), state_name(journal_state()));
		json_quote(&a, failure_text());
		buffer_text(&a, ",\"tail\":");
		json_quote(&a, tail);
		buffer_add(&a, "}", 1);
	}
	ctl_answer(verb, &a);
	buffer_free(&a);
}

bool source_asked(void) { return *pending; }

bool source_abort_asked(void) { return !strcmp(pending, "abort"); }

bool source_take_back_asked(void) { return !strcmp(pending, "take-back"); }

bool source_retire_asked(void) { return !strcmp(pending, "retire"); }

void source_run_asked(void) {
	char verb[sizeof pending];
	snprintf(verb, sizeof verb, "%s", pending);
	int result = run(verb);
	if (!strcmp(pending, verb))
		*pending = 0;
	answer(verb, result);
}

