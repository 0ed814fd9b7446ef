/* What is asked on ctl.sock. */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "destination.h"
#include "failure.h"
#include "json.h"

enum { RETIRE_TIMEOUT_MS = 10000, SILENCE_MS = 60000 };

static char pending[32];

bool destination_ask(const char *verb, const char *request, struct buffer *answer) {
	(void)request;
	if (!strcmp(verb, "status")) {
		buffer_text(answer, "{\"ok\":true,\"state\":\"%s\",\"connected\":%s,\"pagesDone\":%s,\"outcome\":\"%s\"}", state_name(journal_state()),
			    here.control ? "true" : "false", here.pages_done ? "true" : "false", here.outcome ? here.outcome : "");
		return true;
	}
	static const char *const verbs[] = {"discard", "commit", "finish", "give-up", "restore-own", "dismiss"};
	size_t known = 0;
	while (known < sizeof verbs / sizeof *verbs && strcmp(verb, verbs[known]))
		known++;
	if (known == sizeof verbs / sizeof *verbs) {
		buffer_text(answer, "{\"ok\":false,\"code\":\"bad-request\",\"message\":\"unknown verb; the destination knows status, discard, commit, finish, give-up, restore-own, "
				    "dismiss\"}");
		return true;
	}
	snprintf(pending, sizeof pending, "%s", verb);
	return false;
}

bool destination_owns(void) { return journal_state() == RUNNING || journal_state() == WAITING; }

static int discard_verb(void) {
	if (destination_owns())
		return failure("committed", "the service was committed here; migrate it back instead");
	destination_discard("asked to");
	return 0;
}

static int give_up_verb(void) {
	if (journal_state() != WAITING)
		return failure("not-waiting", "the journal says %s; only a service that waits for lost pages is given up", state_name(journal_state()));
	destination_give_up();
	return 0;
}

/* By proof: the source is dead, and all that it had is here. What it owed died with it. */
static int commit_verb(void) {
	if (destination_owns())
		return 0;
	if (config_post_copy(&here.c))
		return failure("owed", "pages of the service were still at the source; without them it cannot run");
	if (journal_state() != GATED)
		return failure("not-restored", "the journal says %s; nothing to commit", state_name(journal_state()));
	destination_commit();
	return journal_state() == RUNNING ? 0 : -1;
}

/* The source is told that all pages are in, and answers when it has retired; if it cannot, the service is nevertheless whole. */
static struct timer finish_limit;
static bool finish_late;

static void gone(void *unused) {
	(void)unused;
	here.over = true;
}

/* A coordinator gets its answer now; a source that lost its connection may still come back and ask who owns the service. */
static void give_up_waiting(void *unused) {
	(void)unused;
	finish_late = true;
	finish_limit = (struct timer){.expired = gone};
	timer_start(&finish_limit, SILENCE_MS);
}

void destination_await_retirement(void) {
	here.pages_done = true;
	finish_limit = (struct timer){.expired = give_up_waiting};
	timer_start(&finish_limit, RETIRE_TIMEOUT_MS);
}

/* 1: not yet. */
static int finish_verb(void) {
	if (!destination_owns())
		return failure("not-committed", "the journal says %s; there is nothing to finish", state_name(journal_state()));
	if (journal_state() == WAITING)
		return failure("pages-missing", "a page that the service needs cannot be reached; the service is frozen and waits");
	if (!here.pages_done)
		return 1;
	if (!here.retired && !finish_late)
		return 1;
	here.over = true;
	return 0;
}

/* Another arrival waits for our port. A source of this one that still wants to know hears it from the engine. */
static int dismiss_verb(void) {
	if (!here.over && !here.pages_done)
		return failure("not-done", "the journal says %s; this arrival is not over", state_name(journal_state()));
	here.dismissed = here.over = true;
	return 0;
}

static int run(const char *verb) {
	if (!strcmp(verb, "discard"))
		return discard_verb();
	if (!strcmp(verb, "commit"))
		return commit_verb();
	if (!strcmp(verb, "restore-own"))
		return destination_restore_own();
	if (!strcmp(verb, "dismiss"))
		return dismiss_verb();
	return !strcmp(verb, "give-up") ? give_up_verb() : finish_verb();
}

bool destination_asked(void) { return *pending; }

void destination_run_asked(void) {
	char verb[sizeof pending];
	struct buffer a = {0};
	snprintf(verb, sizeof verb, "%s", pending);
	int result = run(verb);
	if (result > 0)
		return;
	*pending = 0;
	if (!result)
		buffer_text(&a, "{\"ok\":true,\"state\":\"%s\"}", state_name(journal_state()));
	else {
		buffer_text(&a, "{\"ok\":false,\"code\":\"%s\",\"state\":\"%s\",\"message\":", failure_code(), state_name(journal_state()));
		json_quote(&a, failure_text());
		buffer_add(&a, "}", 1);
	}
	ctl_answer(verb, &a);
	buffer_free(&a);
}
