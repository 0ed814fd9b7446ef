#define _GNU_SOURCE
#include "init.h"

#include "init_ambassador.h"
#include "init_control.h"
#include "init_engine.h"
#include "init_mounts.h"
#include "init_reaped.h"
#include "init_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { APP_LOG_LIMIT = 10 * 1024 * 1024, APP_LOG_GENERATIONS = 5 };
enum { ENGINE_GRACE_MS = 2000, OUTPUT_GRACE_MS = 5000 };
enum { STREAMS = 2, MAX_POLL = 1 + 2 * STREAMS + 1 + AMBASSADOR_MAX_POLL + 1 + MAX_CLIENTS };

static const int forwarded[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH};

static struct stream streams[STREAMS];
static struct app_log app_log = {.file = {.path = LOG_DIRECTORY "/app.log", .generations = APP_LOG_GENERATIONS, .limit = APP_LOG_LIMIT, .fd = -1}};
static struct engine engine;
static struct control control;
static struct ambassador ambassador;
static pid_t main_process; /* 0: none */
/* It is frozen to be moved: what its orchestrator makes of an application that does not answer is not passed on. */
static bool main_held;
static int oom_file = -1; /* counts the kills for want of memory among the application's processes */

static struct {
	bool begun, killed;
	int code;
	long long kill_engine_at_ms;
} ending;

void complain(const char *what) {
	fprintf(stderr, "carryon: init: %s: %s\n", what, strerror(errno));
}

long long now_ms(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void drain(char kind) {
	for (int i = 0; i < STREAMS; i++)
		stream_drain(&streams[i], &app_log, kind);
}

static void begin_ending(int code) {
	if (ending.begun)
		return;
	ending.begun = true;
	ending.code = code;
	ending.kill_engine_at_ms = now_ms() + ENGINE_GRACE_MS;
	ambassador_take_no_other(&ambassador);
	engine_signal(&engine, SIGTERM);
}

/* What the reader has not taken yet, as long as it reads. */
static void flush_output(void) {
	long long until = now_ms() + OUTPUT_GRACE_MS;
	for (int i = 0; i < STREAMS; i++)
		while (output_queued(&streams[i].output) && streams[i].output.fd >= 0 && now_ms() < until) {
			struct pollfd ready = {.fd = streams[i].output.fd, .events = POLLOUT};
			poll(&ready, 1, (int)(until - now_ms()));
			output_flush(&streams[i].output);
		}
}

/* Of the sandbox's cgroup, of either version: see engine/sandbox/cgroups.ts. Kept open, as it may be removed before the end is known here. */
static void watch_oom(void) {
	if (oom_file >= 0)
		close(oom_file);
	oom_file = open("/sys/fs/cgroup/memory/carryon-sandbox/memory.oom_control", O_RDONLY | O_CLOEXEC);
	if (oom_file < 0)
		oom_file = open("/sys/fs/cgroup/carryon-sandbox/memory.events", O_RDONLY | O_CLOEXEC);
}

static long oom_kills(void) {
	char text[512];
	ssize_t n = oom_file < 0 ? 0 : pread(oom_file, text, sizeof text - 1, 0);
	text[n < 0 ? 0 : n] = '\0';
	const char *count = strstr(text, "oom_kill ");
	return count ? atol(count + strlen("oom_kill ")) : 0;
}

static void read_for(const struct ambassador *a) {
	for (int i = 0; i < STREAMS; i++)
		output_redirect(&streams[i].output, a ? a->output[i] : -1);
}

/* It closes its descriptors with that. */
static void dismiss_ambassador(int code, const char *why) {
	if (!ambassador.greeted)
		return;
	read_for(NULL);
	ambassador_tell_exit(&ambassador, code, why);
}

/* Whoever shows the application to the orchestrator hears of its end when its last line is out. */
static void tell_end(int code) {
	const char *why = code == 128 + SIGKILL && oom_kills() > 0 ? "OOMKilled: the application needed more memory than its limit" : "";
	flush_output();
	dismiss_ambassador(code, why);
}

static void main_ended(int code) {
	char answer[32];
	main_process = 0;
	/* The sandbox died with its PID 1: nobody writes any more, so this is all, and an open line is a whole one. */
	drain('F');
	snprintf(answer, sizeof answer, "exited %d", code);
	control_answer_waiting(&control, answer);
	tell_end(code);
	begin_ending(code);
}

static void reap(void) {
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == engine.pid)
			engine_ended(&engine);
		else if (pid == main_process)
			main_ended(exit_code(status));
		else
			reaped_remember(pid, exit_code(status));
	}
}

static void forward(int signal) {
	if (main_process)
		kill(main_process, signal);
	else if (signal == SIGTERM || signal == SIGINT)
		begin_ending(0);
}

static void handle_signals(int fd) {
	struct signalfd_siginfo info;
	while (read(fd, &info, sizeof info) == sizeof info) {
		if (info.ssi_signo == SIGCHLD)
			reap();
		else
			forward(info.ssi_signo);
	}
}

static bool is_child(pid_t pid) {
	siginfo_t info;
	return waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* Returns the answer. */
static const char *set_main(const char *argument) {
	int code;
	char *end;
	main_held = !strcmp(argument, "held");
	if (main_held)
		return "ok";
	if (!strcmp(argument, "none")) {
		main_process = 0;
		return "ok";
	}
	long pid = strtol(argument, &end, 10);
	if (end == argument || *end || pid < 2)
		return "error: main takes a PID, none or held";
	if (is_child(pid)) {
		main_process = pid;
		watch_oom();
		return "ok";
	}
	if (!reaped_code(pid, &code))
		return "error: this process is not a child of init";
	main_ended(code);
	return "ok";
}

static void ambassador_signalled(int signal) {
	if (main_process && !main_held)
		kill(main_process, signal);
	/* Nothing runs here that could answer it. The ambassador's end is not ours: this container is asked itself when all is to end. */
	else if (signal == SIGTERM || signal == SIGINT)
		dismiss_ambassador(128 + signal, "");
}

/* Who kills the container that shows the application means the application. */
static void ambassador_gone(void) {
	read_for(NULL);
	if (main_process && !main_held)
		kill(main_process, SIGKILL);
}

static const char *ask_exit(const char *argument) {
	char *end;
	long code = strtol(argument, &end, 10);
	if (end == argument || *end || code < 0 || code > 255)
		return "error: exit takes a code from 0 to 255";
	drain('F');
	tell_end(code);
	begin_ending(code);
	return "ok";
}

static long long drained_bytes(void) {
	drain('P');
	file_open(&app_log.file);
	return app_log.file.size;
}

static bool answer(const char *request, char *text, size_t size) {
	const char *reply = "error: unknown request; there are main, ambassador, drain, reopen, exit, wait";
	if (!strcmp(request, "wait")) {
		if (!ending.begun)
			return false;
		snprintf(text, size, "exited %d", ending.code);
		return true;
	}
	if (!strcmp(request, "drain")) {
		snprintf(text, size, "drained %lld", drained_bytes());
		return true;
	}
	if (!strncmp(request, "main ", 5))
		reply = set_main(request + 5);
	else if (!strcmp(request, "ambassador"))
		reply = ambassador.greeted ? "ambassador here" : "ambassador none";
	else if (!strncmp(request, "exit ", 5))
		reply = ask_exit(request + 5);
	else if (!strcmp(request, "reopen")) {
		file_forget(&app_log.file);
		reply = "ok";
	}
	snprintf(text, size, "%s", reply);
	return true;
}

static int block_signals(void) {
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (size_t i = 0; i < sizeof forwarded / sizeof *forwarded; i++)
		sigaddset(&set, forwarded[i]);
	sigprocmask(SIG_SETMASK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* False: a later step cannot do without it. */
static bool set_up(int *signals) {
	make_run_volatile();
	mkdir(STATE_DIRECTORY, 0700);
	mkdir(LOG_DIRECTORY, 0700);
	mkdir(RUN_DIRECTORY, 0700);
	make_kernel_mounts_writable();
	make_tun_device();
	*signals = block_signals();
	if (*signals < 0)
		return complain("cannot take signals"), false;
	if (!ambassador_open(&ambassador, getenv("CARRYON_AMBASSADOR")))
		return complain("cannot listen for the ambassador"), false;
	bool own = !ambassador.expected;
	if (!stream_open(&streams[0], "stdout", APP_STDOUT, own ? STDOUT_FILENO : -1) || !stream_open(&streams[1], "stderr", APP_STDERR, own ? STDERR_FILENO : -1))
		return complain("cannot make the application's pipes"), false;
	if (!engine_init(&engine))
		return complain("cannot make the engine's pipe"), false;
	if (!control_open(&control, CONTROL_SOCKET))
		return complain("cannot listen on " CONTROL_SOCKET), false;
	return true;
}

static int wait_ms(void) {
	if (!ending.begun)
		return engine_wait_ms(&engine);
	if (ending.killed)
		return -1; /* until it is reaped */
	long long left = ending.kill_engine_at_ms - now_ms();
	return left < 0 ? 0 : (int)left;
}

static void turn(int signals) {
	struct pollfd fds[MAX_POLL];
	int n = 0;
	fds[n++] = (struct pollfd){.fd = signals, .events = POLLIN};
	fds[n++] = (struct pollfd){.fd = engine.output, .events = POLLIN};
	for (int i = 0; i < STREAMS; i++) {
		fds[n++] = (struct pollfd){.fd = stream_may_read(&streams[i]) ? streams[i].fd : -1, .events = POLLIN};
		fds[n++] = (struct pollfd){.fd = output_queued(&streams[i].output) ? streams[i].output.fd : -1, .events = POLLOUT};
	}
	struct pollfd *ambassadors = fds + n;
	int of_ambassador = ambassador_poll(&ambassador, ambassadors);
	n += of_ambassador;
	int clients = control_poll(&control, fds + n);
	if (poll(fds, n + clients, wait_ms()) < 0)
		return;
	if (fds[0].revents)
		handle_signals(signals);
	if (fds[1].revents)
		engine_read_output(&engine);
	for (int i = 0; i < STREAMS; i++) {
		if (fds[2 + 2 * i].revents & POLLIN)
			stream_read(&streams[i], &app_log);
		if (fds[3 + 2 * i].revents)
			output_flush(&streams[i].output);
	}
	static const struct ambassador_events events = {.came = read_for, .signalled = ambassador_signalled, .gone = ambassador_gone};
	ambassador_handle(&ambassador, ambassadors, of_ambassador, &events);
	control_handle(&control, fds + n, clients, answer);
}

static void end_engine_when_due(void) {
	if (!ending.begun || ending.killed || now_ms() < ending.kill_engine_at_ms)
		return;
	engine_signal(&engine, SIGKILL);
	ending.killed = true;
}

int main(void) {
	int signals;
	if (!set_up(&signals))
		return 1;
	while (!ending.begun || engine.pid) {
		if (!ending.begun)
			engine_start_when_due(&engine);
		turn(signals);
		end_engine_when_due();
	}
	drain('F');
	flush_output();
	dismiss_ambassador(ending.code, "");
	/* The ambassador ends with the application's code; this container has done what it was for. */
	return ambassador.expected ? 0 : ending.code;
}
