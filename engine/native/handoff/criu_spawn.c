/* A CRIU inside the sandbox, started by descriptors. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../enter.h"
#include "criu.h"
#include "criu_parts.h"
#include "dumpdir.h"
#include "failure.h"

enum { LOG_LEVEL = 1, LOWEST_PASSED_FD = 200 /* clear of what CRIU and the loader use */ };

struct criu_parts criu_parts = {.images = -1, .cache = -1, .freezer = -1, .out = -1, .err = -1, .log_level = LOG_LEVEL};
static char cache_setting[64];

int criu_high(int fd) {
	if (fd < 0)
		return -1;
	int moved = fcntl(fd, F_DUPFD_CLOEXEC, LOWEST_PASSED_FD);
	close(fd);
	return moved;
}

static int open_high(const char *path, int flags) { return criu_high(open(path, flags | O_CLOEXEC)); }

int criu_open(const struct config *c) {
	char path[4096];
	snprintf(path, sizeof path, "%s/images", c->dir);
	criu_parts.images = criu_high(dumpdir_open(config_post_copy(c) ? path : c->dumpdir));
	if (criu_parts.images < 0)
		return -1;
	snprintf(path, sizeof path, "%s/..", c->dir);
	criu_parts.cache = open_high(path, O_RDONLY | O_DIRECTORY); /* one cache for all migrations of this outer container */
	criu_parts.freezer = open_high(c->freezer, O_RDONLY | O_DIRECTORY);
	if (criu_parts.cache < 0 || criu_parts.freezer < 0)
		return failure_errno("bad-config", "cannot open the directories for CRIU below %s", c->dir);
	criu_parts.out = open_high(c->out, O_WRONLY);
	criu_parts.err = open_high(c->err, O_WRONLY);
	if (criu_parts.out < 0 || criu_parts.err < 0)
		return failure_errno("bad-config", "cannot open the application's pipes %s and %s; is init running?", c->out, c->err);
	snprintf(criu_parts.images_path, sizeof criu_parts.images_path, "/proc/self/fd/%d", criu_parts.images);
	snprintf(cache_setting, sizeof cache_setting, "CRIU_KERNDAT_CACHE=/proc/self/fd/%d/criu.kdat", criu_parts.cache);
	const char *level = getenv("CARRYON_CRIU_LOG");
	if (level)
		criu_parts.log_level = atoi(level);
	return 0;
}

int criu_images(void) { return criu_parts.images; }

pid_t criu_spawn(const struct config *c, const struct criu_program *p) {
	char program[512], loader[512], library[512], holder[40];
	const char *what;
	int keep[] = {criu_parts.images, criu_parts.cache, criu_parts.freezer, criu_parts.out, criu_parts.err, p->socket, p->pages, p->status, p->holder ? p->holder : -1};
	char *environment[] = {cache_setting, "CRIU_FAULT=130", p->holder ? holder : NULL, NULL}; /* 130: no hardware breakpoints, 8-18 ms less */
	snprintf(holder, sizeof holder, "CRIU_LAZY_PAGES_HOLDER=%d", p->holder);
	snprintf(program, sizeof program, "%s/criu", c->criu);
	snprintf(loader, sizeof loader, "%s/ld.so", c->criu);
	snprintf(library, sizeof library, "%s/lib", c->criu);
	struct enter_request request = {
		.sandbox = c->sandboxpid,
		.own_ipc = p->own_ipc,
		.program = {.loader = loader, .library_dir = library, .path = program},
		.arguments = p->arguments,
		.environment = environment,
		.keep = keep,
		.keep_count = sizeof keep / sizeof *keep,
		.cgroup_procs = p->cgroups,
		.output = STDERR_FILENO,
		.input = -1,
		.die_with_parent = true,
	};
	pid_t pid = enter_spawn(&request, &what);
	return pid < 0 ? failure_errno("criu", "cannot start CRIU in the sandbox (%s)", what) : pid;
}
