#define _GNU_SOURCE
#include "page_waits.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"
#include "freezer.h"

static bool begins(int thread, const char *file, const char *wanted) {
	struct buffer text = {0};
	bool found = !buffer_file(&text, thread, file) && buffer_size(&text) >= strlen(wanted) && !memcmp(buffer_data(&text), wanted, strlen(wanted));
	buffer_free(&text);
	return found;
}

static bool waits(int thread) { return begins(thread, "wchan", "handle_userfault") && !begins(thread, "syscall", "-1 "); }

static bool one_waits(pid_t pid) {
	char path[40];
	bool found = false;
	snprintf(path, sizeof path, "/proc/%d/task", pid);
	DIR *threads = opendir(path);
	for (struct dirent *e; threads && !found && (e = readdir(threads));) {
		int thread = e->d_name[0] == '.' ? -1 : openat(dirfd(threads), e->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (thread < 0)
			continue;
		found = waits(thread);
		close(thread);
	}
	if (threads)
		closedir(threads);
	return found;
}

bool page_waits_in_system_call(void) {
	pid_t *pids;
	bool found = false;
	ssize_t n = freezer_pids(&pids);
	for (ssize_t i = 0; i < n && !found; i++)
		found = one_waits(pids[i]);
	if (n >= 0)
		free(pids);
	return found;
}
