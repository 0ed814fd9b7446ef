/* Features that are files. */
#define _GNU_SOURCE
#include "feature.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int ghost, lock, append, mapped_fd;
static volatile long *mapped;
static long appended;

static bool open_ghost(void)
{
	ghost = open(FEATURE_DIR "/ghost", O_CREAT | O_RDWR | O_TRUNC, 0600);
	return ghost >= 0 && write(ghost, "ghost", 5) == 5 && unlink(FEATURE_DIR "/ghost") == 0;
}

static bool check_ghost(void)
{
	char text[6] = "";

	return pread(ghost, text, 5, 0) == 5 && strcmp(text, "ghost") == 0;
}

static bool open_lock(void)
{
	lock = open(FEATURE_DIR "/lock", O_CREAT | O_RDWR, 0600);
	return lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0;
}

/* The lock still keeps others out. */
static bool check_lock(void)
{
	const int other = open(FEATURE_DIR "/lock", O_RDWR | O_CLOEXEC);
	const bool kept = other >= 0 && flock(other, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;

	if (other >= 0)
		close(other);
	return kept;
}

static bool open_append(void)
{
	append = open(FEATURE_DIR "/log", O_CREAT | O_WRONLY | O_APPEND | O_TRUNC, 0644);
	return append >= 0;
}

static bool check_append(void)
{
	struct stat status;
	enum { LINE = 8 };

	if (dprintf(append, "%07ld\n", appended % 10000000) != LINE)
		return false;
	appended++;
	return fstat(append, &status) == 0 && status.st_size == appended * LINE;
}

static bool open_mapped(void)
{
	mapped_fd = open(FEATURE_DIR "/mapped", O_CREAT | O_RDWR | O_TRUNC, 0600);
	if (mapped_fd < 0 || ftruncate(mapped_fd, 4096))
		return false;
	mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, mapped_fd, 0);
	return mapped != MAP_FAILED;
}

/* What is written through the mapping is read through the file. */
static bool check_mapped(void)
{
	long seen;
	const long value = ++mapped[0];

	return pread(mapped_fd, &seen, sizeof seen, 0) == sizeof seen && seen == value;
}

const struct feature file_features[] = {
	{ "ghost", open_ghost, check_ghost },
	{ "flock", open_lock, check_lock },
	{ "append", open_append, check_append },
	{ "mapped", open_mapped, check_mapped },
	{ 0 },
};
