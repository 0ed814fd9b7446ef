#define _GNU_SOURCE
#include "init_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PRIVATE_MODE = 0600 };

void file_forget(struct rotating_file *file) {
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

bool file_open(struct rotating_file *file) {
	struct stat status;
	if (file->fd >= 0)
		return true;
	file->fd = open(file->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, PRIVATE_MODE);
	if (file->fd < 0)
		return false;
	file->size = fstat(file->fd, &status) == 0 ? status.st_size : 0;
	return true;
}

static void rotate(struct rotating_file *file) {
	char from[PATH_MAX], to[PATH_MAX];
	for (int i = file->generations - 1; i > 0; i--) {
		snprintf(to, sizeof to, "%s.%d", file->path, i);
		snprintf(from, sizeof from, i > 1 ? "%s.%d" : "%s", file->path, i - 1);
		rename(from, to);
	}
	file_forget(file);
}

bool file_append(struct rotating_file *file, const char *bytes, size_t length) {
	if (file->fd >= 0 && file->size >= file->limit)
		rotate(file);
	if (!file_open(file))
		return false;
	size_t written = 0;
	while (written < length) {
		ssize_t n = write(file->fd, bytes + written, length - written);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int error = errno;
			if (ftruncate(file->fd, file->size))
				file_forget(file);
			errno = error;
			return false;
		}
		written += n;
	}
	file->size += length;
	return true;
}
