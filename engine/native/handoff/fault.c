#define _GNU_SOURCE
#include "fault.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failure.h"

enum { EXIT_BY_FAULT = 86 };

static const char *faults = "";

void fault_load(const char *specification) { faults = specification ? specification : ""; }

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

int fault(const char *tag) {
	const char *action = action_of(tag);
	if (!action)
		return 0;
	log_line("fault at %s: %s", tag, action);
	if (!strncmp(action, "fail", 4))
		return failure("injected", "injected failure at %s", tag);
	if (!strncmp(action, "exit", 4))
		_exit(EXIT_BY_FAULT);
	if (!strncmp(action, "stop", 4))
		raise(SIGSTOP);
	if (!strncmp(action, "delay:", 6))
		usleep((useconds_t)atoi(action + 6) * 1000);
	return 0;
}
