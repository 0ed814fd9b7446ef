#include "inner_pid.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"

uint64_t inner_pid(pid_t pid) {
	char path[40];
	struct buffer text = {0};
	uint64_t inner = 0;
	snprintf(path, sizeof path, "/proc/%d/status", pid);
	if (!buffer_file(&text, AT_FDCWD, path)) {
		buffer_add(&text, "", 1);
		char *at = strstr((char *)buffer_data(&text), "\nNSpid:"), *end = at ? strchr(at + 1, '\n') : NULL;
		if (end) {
			*end = 0;
			inner = strtoull(strrchr(at, '\t'), NULL, 10);
		}
	}
	buffer_free(&text);
	return inner;
}
