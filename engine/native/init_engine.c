#define _GNU_SOURCE
#include "init_engine.h"

#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FIRST_PAUSE_MS = 200, LONGEST_PAUSE_MS = 5000, STABLE_AFTER_MS = 10000 };
enum { LOG_LIMIT = 10 * 1024 * 1024, LOG_GENERATIONS = 2 };

static const char *const command[] = {"/usr/bin/node", "/opt/carryon/engine.js", NULL};

bool engine_init(struct engine *engine) {
	int ends[2];
	*engine = (struct engine){
		.pause_ms = FIRST_PAUSE_MS,
		.log = {.path = LOG_DIRECTORY "/engine.log", .generations = LOG_GENERATIONS, .limit = LOG_LIMIT, .fd = -1},
	};
	if (pipe2(ends, O_CLOEXEC) || fcntl(ends[0], F_SETFL, O_NONBLOCK))
		return false;
	engine->output = ends[0];
	engine->output_writer = ends[1];
	return true;
}

static void run(const struct engine *engine) {
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setsid();
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	dup2(null, STDIN_FILENO);
	dup2(engine->output_writer, STDOUT_FILENO);
	dup2(engine->output_writer, STDERR_FILENO);
	execv(command[0], (char *const *)command);
	dprintf(STDERR_FILENO, "init: cannot run %s: %s\n", command[0], strerror(errno));
	_exit(127);
}

void engine_start_when_due(struct engine *engine) {
	if (engine->pid || now_ms() < engine->start_at_ms)
		return;
	engine->started_ms = now_ms();
	pid_t pid = fork();
	if (pid == 0)
		run(engine);
	if (pid < 0) {
		complain("cannot make a process for the engine");
		engine_ended(engine);
	} else
		engine->pid = pid;
}

int engine_wait_ms(const struct engine *engine) {
	if (engine->pid)
		return -1;
	long long left = engine->start_at_ms - now_ms();
	return left > 0 ? (int)left : 0;
}

void engine_ended(struct engine *engine) {
	long long now = now_ms();
	if (now - engine->started_ms > STABLE_AFTER_MS)
		engine->pause_ms = FIRST_PAUSE_MS;
	engine->pid = 0;
	engine->start_at_ms = now + engine->pause_ms;
	engine->pause_ms = engine->pause_ms * 2 < LONGEST_PAUSE_MS ? engine->pause_ms * 2 : LONGEST_PAUSE_MS;
}

void engine_signal(const struct engine *engine, int signal) {
	if (engine->pid)
		kill(engine->pid, signal);
}

void engine_read_output(struct engine *engine) {
	char chunk[16 * 1024];
	ssize_t n = read(engine->output, chunk, sizeof chunk);
	if (n > 0)
		file_append(&engine->log, chunk, n); /* a full disk loses lines of this log, and nothing else */
}
