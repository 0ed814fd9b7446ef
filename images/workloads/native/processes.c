/* Features that are other processes and the memory shared with them. */
#define _GNU_SOURCE
#include "feature.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BEAT_US = 10000, STILL_MS = 2000, SHARED_SIZE = 256 * 1024, SHARED_MEMORY_SIZE = 4096 };

struct heartbeat {
	volatile long child, daemon;
};

/* What was last seen of a counter that another process increments, and when it moved. */
struct watch {
	long seen;
	int64_t moved_ms;
};

static struct heartbeat *anonymous;
static volatile long *in_memfd, *in_shm;
static struct watch watch_child, watch_daemon, watch_memfd, watch_shm;

static void *map_shared(int fd, size_t size)
{
	if (fd < 0 || ftruncate(fd, size))
		return NULL;
	void *mapping = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return mapping == MAP_FAILED ? NULL : mapping;
}

static void beat(volatile long *counter)
{
	for (;;) {
		(*counter)++;
		if (in_memfd)
			in_memfd[0]++;
		if (in_shm)
			in_shm[0]++;
		usleep(BEAT_US);
	}
}

static bool open_child(void)
{
	anonymous = mmap(NULL, SHARED_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	in_memfd = map_shared(memfd_create("forking", MFD_CLOEXEC), SHARED_MEMORY_SIZE);
	in_shm = map_shared(shm_open("/forking", O_CREAT | O_RDWR, 0600), SHARED_MEMORY_SIZE);
	if (anonymous == MAP_FAILED)
		return false;
	const pid_t child = fork();
	if (child == 0)
		beat(&anonymous->child);
	return child > 0;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A beat may be late on a busy machine; one that stays away for long means that nobody beats any more. */
static bool moves(volatile long *counter, struct watch *watch)
{
	const long value = *counter;
	const int64_t now = now_ms();

	if (value != watch->seen || watch->moved_ms == 0)
		*watch = (struct watch){ value, now };
	return now - watch->moved_ms < STILL_MS;
}

static bool check_child(void) { return moves(&anonymous->child, &watch_child); }

/* Forks twice and lets go, as daemons do: its parent is then init or the nearest subreaper, never this process. */
static bool open_daemon(void)
{
	const pid_t middle = fork();

	if (middle == 0) {
		setsid();
		if (fork() == 0)
			beat(&anonymous->daemon);
		_exit(0);
	}
	return middle > 0 && waitpid(middle, NULL, 0) == middle;
}

static bool check_daemon(void) { return moves(&anonymous->daemon, &watch_daemon); }

static bool open_nothing(void) { return true; }
static bool check_memfd(void) { return in_memfd && moves(in_memfd, &watch_memfd); }
static bool check_shm(void) { return in_shm && moves(in_shm, &watch_shm); }

/* A new process can be made and its exit code collected: what fails if its number is already taken. */
static bool check_fork(void)
{
	enum { CODE = 42 };
	int status;
	const pid_t child = fork();

	if (child == 0)
		_exit(CODE);
	return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == CODE;
}

const struct feature process_features[] = {
	{ "child", open_child, check_child },
	{ "daemon", open_daemon, check_daemon },
	{ "memfd", open_nothing, check_memfd },
	{ "shm", open_nothing, check_shm },
	{ "fork", open_nothing, check_fork },
	{ 0 },
};
