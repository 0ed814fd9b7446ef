/* A file that only grows at its end and is rotated: FILE, FILE.1 (newer) ... */
#ifndef CARRYON_INIT_FILE_H
#define CARRYON_INIT_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct rotating_file {
	const char *path;
	int generations; /* files in all */
	long long limit; /* bytes at which a new file is begun */
	int fd;          /* -1: not open */
	long long size;
};

/* Closes the file; the next write opens what is then at its path. */
void file_forget(struct rotating_file *file);

/* Opens the file when it is not open; its size is known then. */
bool file_open(struct rotating_file *file);

/* All or nothing: after a failure (disk full, say) the file is as it was, errno says why. */
bool file_append(struct rotating_file *file, const char *bytes, size_t length);

#endif
