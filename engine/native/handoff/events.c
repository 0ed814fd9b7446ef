#define _GNU_SOURCE
#include "events.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "failure.h"

static int file = -1;
static double begin = -1;

int events_open(const char *directory) {
	char path[4096];
	snprintf(path, sizeof path, "%s/events.ndjson", directory);
	file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	return file < 0 ? failure_errno("bad-config", "cannot write %s", path) : 0;
}

void events_begin(void) { begin = mono_ms(); }

double events_ms(void) { return begin < 0 ? 0 : mono_ms() - begin; }

static void write_event(const char *step, const char *name, const char *value, const char *extra) {
	char line[2048];
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	int n = snprintf(line, sizeof line, "{\"t\":%lld%09ld,\"step\":\"%s\",\"%s\":\"%s\",\"ms\":%.3f%s}\n", (long long)now.tv_sec,
			 now.tv_nsec, step, name, value, events_ms(), extra);
	if (n >= (int)sizeof line)
		n = snprintf(line, sizeof line, "{\"step\":\"%s\",\"%s\":\"%s\",\"ms\":%.3f}\n", step, name, value, events_ms());
	if (file >= 0 && write(file, line, (size_t)n) != n)
		log_line("cannot write an event: %s", line);
}

void event(const char *step, const char *state, const char *extra, ...) {
	char more[1024];
	va_list list;
	va_start(list, extra);
	vsnprintf(more, sizeof more, extra, list);
	va_end(list);
	write_event(step, "state", state, more);
}

void event_end(const char *outcome, const char *extra, ...) {
	char more[1024];
	va_list list;
	va_start(list, extra);
	vsnprintf(more, sizeof more, extra, list);
	va_end(list);
	write_event("end", "outcome", outcome, more);
}
