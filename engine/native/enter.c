#define _GNU_SOURCE
#include "enter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_ARGUMENTS = 64, MAX_ENVIRONMENT = 32 };

/* What the intermediate process tells the caller: the PID, or an errno and the step. */
struct outcome {
	pid_t pid;
	int error;
	char what[60];
};

struct opened {
	int sandbox; /* pidfd */
	int ipc;     /* namespace descriptor of another process, or -1 */
	int loader, libraries, program;
};

static void close_opened(struct opened *o) {
	int *all[] = {&o->sandbox, &o->ipc, &o->loader, &o->libraries, &o->program};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (*all[i] >= 0)
			close(*all[i]);
}

static void report(int fd, pid_t pid, const char *what) {
	struct outcome outcome = {.pid = pid, .error = pid > 0 ? 0 : errno};
	snprintf(outcome.what, sizeof outcome.what, "%s", what);
	if (write(fd, &outcome, sizeof outcome) < 0)
		_exit(125);
}

static bool joined_cgroups(const char *const *procs) {
	for (; procs && *procs; procs++) {
		int fd = open(*procs, O_WRONLY | O_CLOEXEC);
		if (fd < 0 || write(fd, "0", 1) != 1)
			return false;
		close(fd);
	}
	return true;
}

/* A child in the sandbox's PID namespace whose parent is our caller; its PID there is one that the application's counter never reaches. */
static pid_t clone_with_tool_pid(void) {
	for (pid_t inner = ENTER_HIGHEST_TOOL_PID; inner >= ENTER_LOWEST_TOOL_PID; inner--) {
		struct clone_args args = {.flags = CLONE_PARENT, .set_tid = (uintptr_t)&inner, .set_tid_size = 1};
		pid_t pid = syscall(SYS_clone3, &args, sizeof args);
		if (pid >= 0 || errno != EEXIST)
			return pid;
	}
	return -1;
}

static bool kept(const struct enter_request *r, int fd) {
	for (size_t i = 0; i < r->keep_count; i++)
		if (r->keep[i] == fd)
			return true;
	return false;
}

static void close_others(const struct enter_request *r, const struct opened *o) {
	int highest = o->program;
	for (size_t i = 0; i < r->keep_count; i++)
		if (r->keep[i] > highest)
			highest = r->keep[i];
	for (int fd = 3; fd <= highest; fd++) {
		if (kept(r, fd))
			fcntl(fd, F_SETFD, 0);
		else if (fd != o->loader && fd != o->libraries && fd != o->program)
			close(fd);
	}
	close_range(highest + 1, ~0U, 0);
}

static void standard_descriptors(const struct enter_request *r) {
	int null = open("/dev/null", O_RDWR);
	dup2(r->input >= 0 ? r->input : null, STDIN_FILENO);
	dup2(r->output >= 0 ? r->output : null, STDOUT_FILENO);
	dup2(r->output >= 0 ? r->output : null, STDERR_FILENO);
	if (null > STDERR_FILENO)
		close(null);
}

/*
 * The loader gets everything as descriptors: no path of the outer container exists here. PATH names the library directory, because a tool
 * with our capabilities must never run a program that the application put somewhere.
 */
static void run_program(const struct enter_request *r, const struct opened *o) {
	char libraries[40], program[40], path[48];
	char *argv[MAX_ARGUMENTS + 5] = {"ld.so", "--library-path", libraries, program};
	char *envp[MAX_ENVIRONMENT + 2] = {path};
	snprintf(libraries, sizeof libraries, "/proc/self/fd/%d", o->libraries);
	snprintf(program, sizeof program, "/proc/self/fd/%d", o->program);
	snprintf(path, sizeof path, "PATH=/proc/self/fd/%d", o->libraries);
	for (int i = 0; r->arguments[i] && i < MAX_ARGUMENTS; i++)
		argv[4 + i] = r->arguments[i];
	for (int i = 0; r->environment && r->environment[i] && i < MAX_ENVIRONMENT; i++)
		envp[1 + i] = r->environment[i];
	fcntl(o->libraries, F_SETFD, 0);
	fcntl(o->program, F_SETFD, 0);
	syscall(SYS_execveat, o->loader, "", argv, envp, AT_EMPTY_PATH);
	dprintf(STDERR_FILENO, "carryon: cannot run the loader in the sandbox: %s\n", strerror(errno));
	_exit(127);
}

static void reset_signals(void) {
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
}

static int open_parts(const struct enter_request *r, struct opened *o, const char **what) {
	*o = (struct opened){-1, -1, -1, -1, -1};
	*what = "open the sandbox's PID 1";
	if ((o->sandbox = syscall(SYS_pidfd_open, r->sandbox, 0)) < 0)
		return -1;
	if (r->ipc_of && !r->own_ipc) {
		char path[40];
		snprintf(path, sizeof path, "/proc/%d/ns/ipc", r->ipc_of);
		*what = "open the application's IPC namespace";
		if ((o->ipc = open(path, O_RDONLY | O_CLOEXEC)) < 0)
			return -1;
	}
	*what = "open the loader";
	if ((o->loader = open(r->program.loader, O_RDONLY | O_CLOEXEC)) < 0)
		return -1;
	*what = "open the library directory";
	if ((o->libraries = open(r->program.library_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return -1;
	*what = "open the program";
	return o->program = open(r->program.path, O_RDONLY | O_CLOEXEC);
}

static int enter_namespaces(int pidfd, int flags, int ipc, const char **what) {
	*what = "enter the sandbox's namespaces";
	if (setns(pidfd, flags))
		return -1;
	*what = "enter the application's IPC namespace";
	return ipc >= 0 ? setns(ipc, CLONE_NEWIPC) : 0;
}

/* The intermediate process: joins, clones, reports, ends. */
static void intermediate(const struct enter_request *r, struct opened *o, int pipe) {
	int flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_NEWTIME;
	const char *what = "join the cgroups";
	if (!r->own_ipc && o->ipc < 0)
		flags |= CLONE_NEWIPC;
	standard_descriptors(r);
	if (!joined_cgroups(r->cgroup_procs) || enter_namespaces(o->sandbox, flags, o->ipc, &what) || chdir("/")) {
		report(pipe, -1, what);
		_exit(1);
	}
	pid_t pid = clone_with_tool_pid();
	if (pid == 0) {
		if (r->die_with_parent)
			prctl(PR_SET_PDEATHSIG, SIGKILL);
		reset_signals();
		close_others(r, o);
		run_program(r, o);
	}
	report(pipe, pid, "make a process in the sandbox");
	_exit(0);
}

/* Collects what the intermediate process reported. */
static pid_t collect(pid_t helper, int pipe, const char **what) {
	static struct outcome outcome;
	outcome = (struct outcome){.pid = -1, .error = EPIPE, .what = "start a process"};
	ssize_t n = read(pipe, &outcome, sizeof outcome);
	close(pipe);
	while (waitpid(helper, NULL, 0) < 0 && errno == EINTR)
		;
	*what = outcome.what;
	errno = n == sizeof outcome ? outcome.error : EPIPE;
	return outcome.error ? -1 : outcome.pid;
}

pid_t enter_spawn(const struct enter_request *r, const char **what) {
	struct opened o;
	int ends[2];
	if (open_parts(r, &o, what) < 0 || pipe2(ends, O_CLOEXEC)) {
		int saved = errno;
		close_opened(&o);
		errno = saved;
		return -1;
	}
	pid_t helper = fork();
	if (helper == 0)
		intermediate(r, &o, ends[1]);
	close(ends[1]);
	close_opened(&o);
	return collect(helper, ends[0], what);
}

pid_t enter_fork(pid_t sandbox, bool keep_mounts, int (*body)(void *), void *argument, const char **what) {
	int ends[2], pidfd = syscall(SYS_pidfd_open, sandbox, 0);
	int flags = CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | (keep_mounts ? 0 : CLONE_NEWNS);
	*what = "open the sandbox's PID 1";
	if (pidfd < 0 || pipe2(ends, O_CLOEXEC))
		return -1;
	pid_t helper = fork();
	if (helper == 0) {
		if (enter_namespaces(pidfd, flags, -1, what)) {
			report(ends[1], -1, *what);
			_exit(1);
		}
		pid_t pid = clone_with_tool_pid();
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			prctl(PR_SET_DUMPABLE, 0);
			reset_signals();
			close(ends[1]);
			_exit(body(argument));
		}
		report(ends[1], pid, "make a process in the sandbox");
		_exit(0);
	}
	close(ends[1]);
	close(pidfd);
	return collect(helper, ends[0], what);
}
