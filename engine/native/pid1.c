/*
 * PID 1 of a sandbox. It is the parent of the application's root, which always is PID 1001 of the namespace: started here (`start`), or
 * restored by CRIU and inherited (`adopt`). Nothing of it is ever dumped.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROOT_PID = 1001 };
enum { CANNOT_START = 125, CANNOT_EXECUTE = 126, NOT_FOUND = 127 };

/* Before it becomes the application: as a container engine would have left it, and the parent of daemons that it orphans. */
static void become(char **argv) {
	sigset_t none;
	sigemptyset(&none);
	setsid();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(argv[0], argv);
	int error = errno;
	fprintf(stderr, "carryon: cannot start \"%s\": %s\n", argv[0], strerror(error));
	_exit(error == ENOENT || error == ENOTDIR ? NOT_FOUND : CANNOT_EXECUTE);
}

static int start(char **argv) {
	pid_t pid = fork();
	if (pid == 0)
		become(argv);
	if (pid == ROOT_PID)
		return 0;
	if (pid < 0)
		fprintf(stderr, "carryon: cannot make the application's process: %s\n", strerror(errno));
	else {
		kill(pid, SIGKILL);
		fprintf(stderr, "carryon: the application's root got PID %d instead of %d: ns_last_pid was not set\n", pid, ROOT_PID);
	}
	return -1;
}

static int exit_code(int status) {
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Ends when the application's root has ended: the kernel then ends whatever else is in the namespace. */
static void reap(void) {
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == ROOT_PID)
			_exit(exit_code(status));
}

static void serve(const sigset_t *signals) {
	for (;;) {
		siginfo_t info;
		int signal = sigwaitinfo(signals, &info);
		if (signal == SIGCHLD)
			reap();
		else if (signal > 0)
			kill(ROOT_PID, signal);
	}
}

static sigset_t block_signals(void) {
	sigset_t all;
	sigfillset(&all);
	/* Faults of this program itself. */
	static const int own[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		sigdelset(&all, own[i]);
	sigprocmask(SIG_SETMASK, &all, NULL);
	return all;
}

int main(int argc, char **argv) {
	int starts = argc > 3 && !strcmp(argv[1], "start") && !strcmp(argv[2], "--");
	int adopts = argc == 2 && !strcmp(argv[1], "adopt");
	if (!starts && !adopts) {
		fprintf(stderr, "usage: pid1 start -- PROGRAM [ARGUMENT...] | pid1 adopt\n");
		return CANNOT_START;
	}
	/* Blocked before the fork: no child can end unseen. */
	sigset_t signals = block_signals();
	if (starts && start(argv + 3))
		return CANNOT_START;
	serve(&signals);
}
