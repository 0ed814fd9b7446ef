/* Features that are other processes and the memory shared with them. */
#define _GNU_SOURCE
#include "feature.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BEAT_US = 10000, SHARED_SIZE = 256 * 1024, SHARED_MEMORY_SIZE = 4096 };

struct heartbeat {
	volatile long child, daemon;
	volatile int daemon_pid;
	volatile long seen_child, seen_daemon;
};

static struct heartbeat *anonymous;
static volatile long *in_memfd, *in_shm;
static long seen_memfd, seen_shm;

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

static bool moved(volatile long *counter, volatile long *seen)
{
	const long now = *counter;
	const bool has_moved = now != *seen;

	*seen = now;
	return has_moved;
}

static bool check_child(void) { return moved(&anonymous->child, &anonymous->seen_child); }

/* Forks twice and lets go, as daemons do: its parent is then init or the nearest subreaper, never this process. */
static bool open_daemon(void)
{
	const pid_t middle = fork();

	if (middle == 0) {
		setsid();
		if (fork() == 0) {
			anonymous->daemon_pid = getpid();
			beat(&anonymous->daemon);
		}
		_exit(0);
	}
	return middle > 0 && waitpid(middle, NULL, 0) == middle;
}

static bool check_daemon(void) { return moved(&anonymous->daemon, &anonymous->seen_daemon); }

static bool open_nothing(void) { return true; }
static bool check_memfd(void) { return in_memfd && moved(in_memfd, &seen_memfd); }
static bool check_shm(void) { return in_shm && moved(in_shm, &seen_shm); }

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
