#include "init_reaped.h"

#include <stddef.h>
#include <sys/wait.h>

enum { REMEMBERED = 64 };

static struct { pid_t pid; int code; } ring[REMEMBERED];
static size_t next;

int exit_code(int wait_status) {
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

void reaped_remember(pid_t pid, int code) {
	/* A PID that comes again means the newer process. */
	for (size_t i = 0; i < REMEMBERED; i++)
		if (ring[i].pid == pid)
			ring[i].pid = 0;
	ring[next].pid = pid;
	ring[next].code = code;
	next = (next + 1) % REMEMBERED;
}

bool reaped_code(pid_t pid, int *code) {
	for (size_t i = 0; i < REMEMBERED; i++)
		if (ring[i].pid == pid) {
			*code = ring[i].code;
			return true;
		}
	return false;
}
