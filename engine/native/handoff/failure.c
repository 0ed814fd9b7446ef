#define _GNU_SOURCE
#include "failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static char last_code[40] = "none";
static char last_text[1024];

const char *failure_code(void) { return last_code; }
const char *failure_text(void) { return last_text; }

static void log_text(const char *text) {
	struct timespec now;
	struct tm utc;
	char stamp[32];
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	strftime(stamp, sizeof stamp, "%H:%M:%S", &utc);
	dprintf(STDERR_FILENO, "%s.%06ld %s\n", stamp, now.tv_nsec / 1000, text);
}

void log_line(const char *format, ...) {
	char text[1100];
	va_list list;
	va_start(list, format);
	vsnprintf(text, sizeof text, format, list);
	va_end(list);
	log_text(text);
}

static int note(const char *code, const char *text) {
	snprintf(last_code, sizeof last_code, "%s", code);
	snprintf(last_text, sizeof last_text, "%s", text);
	log_line("failure %s: %s", last_code, last_text);
	return -1;
}

int failure(const char *code, const char *format, ...) {
	char text[1024];
	va_list list;
	va_start(list, format);
	vsnprintf(text, sizeof text, format, list);
	va_end(list);
	return note(code, text);
}

int failure_errno(const char *code, const char *format, ...) {
	int saved = errno;
	char text[900], whole[1024];
	va_list list;
	va_start(list, format);
	vsnprintf(text, sizeof text, format, list);
	va_end(list);
	snprintf(whole, sizeof whole, "%s: %s", text, strerror(saved));
	return note(code, whole);
}
