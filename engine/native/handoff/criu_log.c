#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "criu.h"
#include "criu_parts.h"

/* Errors that CRIU logs and overcomes. */
static bool harmless(const char *line) {
	static const char *const known[] = {"RLIMIT_NOFILE", "Unable to create tun"};
	const char *end = strchrnul(line, '\n');
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		const char *found = strstr(line, known[i]);
		if (found && found < end)
			return true;
	}
	return false;
}

void criu_log_error(const char *log, char *line, size_t size) {
	struct buffer text = {0};
	*line = 0;
	if (!buffer_file(&text, criu_parts.images, log)) {
		buffer_add(&text, "", 1);
		char *found = strstr((char *)buffer_data(&text), "Error (");
		while (found && harmless(found))
			found = strstr(found + 1, "Error (");
		if (found)
			snprintf(line, size, "%.*s", (int)strcspn(found, "\n"), found);
	}
	buffer_free(&text);
}

void criu_log_tail(const char *log, char *tail, size_t size) {
	struct buffer text = {0};
	*tail = 0;
	if (!buffer_file(&text, criu_parts.images, log)) {
		size_t have = buffer_size(&text), take = have < size - 1 ? have : size - 1;
		memcpy(tail, buffer_data(&text) + have - take, take);
		tail[take] = 0;
	}
	buffer_free(&text);
}
