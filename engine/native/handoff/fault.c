#define _GNU_SOURCE
#include "fault.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failure.h"

enum { EXIT_BY_FAULT = 86 };

static const char *faults = "";
static bool traces;
static char paused[64];
static int failures;

void fault_load(const char *specification) {
	faults = specification ? specification : "";
	traces = !strncmp(faults, "trace", 5) && (!faults[5] || faults[5] == ',');
}

static const char *action_of(const char *tag) {
	size_t length = strlen(tag);
	for (const char *at = faults; *at;) {
		if (!strncmp(at, tag, length) && at[length] == '=')
			return at + length + 1;
		const char *comma = strchr(at, ',');
		if (!comma)
			break;
		at = comma + 1;
	}
	return NULL;
}

static void wait_ms(const char *ms) { usleep((useconds_t)atoi(ms) * 1000); }

/* Once in the life of a driver: what is done for every frame would take for ever otherwise. */
static void pause_once(const char *tag, const char *ms) {
	if (!strcmp(paused, tag))
		return;
	snprintf(paused, sizeof paused, "%s", tag);
	log_line("fault at %s: pause", tag);
	wait_ms(ms);
}

/* What a driver passes on its way, each tag once. */
static void trace(const char *tag) {
	static char seen[8192] = ",";
	char entry[80];
	int size = snprintf(entry, sizeof entry, ",%s,", tag);
	if (strstr(seen, entry) || strlen(seen) + (size_t)size > sizeof seen)
		return;
	strcat(seen, entry + 1);
	log_line("passes %s", tag);
}

int fault(const char *tag) {
	if (!*faults)
		return 0;
	if (traces)
		trace(tag);
	const char *action = action_of(tag);
	if (!action)
		return 0;
	if (!strncmp(action, "pause:", 6)) {
		pause_once(tag, action + 6);
		return 0;
	}
	if (!strncmp(action, "fail:", 5) && failures++ >= atoi(action + 5))
		return 0;
	log_line("fault at %s: %s", tag, action);
	if (!strncmp(action, "fail", 4))
		return failure("injected", "injected failure at %s", tag);
	if (!strncmp(action, "exit", 4))
		_exit(EXIT_BY_FAULT);
	if (!strncmp(action, "stop", 4))
		raise(SIGSTOP);
	if (!strncmp(action, "delay:", 6))
		wait_ms(action + 6);
	return 0;
}

int fault_at(const char *when, const char *what) {
	char tag[64];
	if (!*faults)
		return 0;
	snprintf(tag, sizeof tag, "%s-%s", when, what);
	return fault(tag);
}
