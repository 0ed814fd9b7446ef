#define _GNU_SOURCE
#include "criu.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../enter.h"
#include "dumpdir.h"
#include "failure.h"
#include "fault.h"

enum {
	CGROUPS_IGNORE = 0,
	NETWORK_LOCK_SKIP = 3,
	APPLICATION_ROOT = 1001,
	LOG_LEVEL = 1,
	GHOST_LIMIT = 512 << 20,
	LOWEST_PASSED_FD = 200, /* clear of what CRIU and the loader use */
};

static int images = -1, cache = -1, freezer = -1, out = -1, err = -1;
static int log_level = LOG_LEVEL;
static char images_path[40], cache_setting[64];

/* Moves a descriptor to a number that CRIU leaves alone, so that its number can be told before the program starts. */
static int high(int fd) {
	if (fd < 0)
		return -1;
	int moved = fcntl(fd, F_DUPFD_CLOEXEC, LOWEST_PASSED_FD);
	close(fd);
	return moved;
}

static int open_high(const char *path, int flags) { return high(open(path, flags | O_CLOEXEC)); }

int criu_open(const struct config *c) {
	char path[4096];
	snprintf(path, sizeof path, "%s/images", c->dir);
	images = high(dumpdir_open(config_post_copy(c) ? path : c->dumpdir));
	if (images < 0)
		return -1;
	snprintf(path, sizeof path, "%s/..", c->dir);
	cache = open_high(path, O_RDONLY | O_DIRECTORY); /* one cache for all migrations of this outer container */
	freezer = open_high(c->freezer, O_RDONLY | O_DIRECTORY);
	if (cache < 0 || freezer < 0)
		return failure_errno("bad-config", "cannot open the directories for CRIU below %s", c->dir);
	out = open_high(c->out, O_WRONLY);
	err = open_high(c->err, O_WRONLY);
	if (out < 0 || err < 0)
		return failure_errno("bad-config", "cannot open the application's pipes %s and %s; is init running?", c->out, c->err);
	snprintf(images_path, sizeof images_path, "/proc/self/fd/%d", images);
	snprintf(cache_setting, sizeof cache_setting, "CRIU_KERNDAT_CACHE=/proc/self/fd/%d/criu.kdat", cache);
	const char *level = getenv("CARRYON_CRIU_LOG");
	if (level)
		log_level = atoi(level);
	return 0;
}

int criu_images(void) { return images; }

static pid_t start(const struct config *c, char *const *arguments, int socket, int pages, int status, const char *const *cgroups, bool dump_ipc) {
	char program[512], loader[512], library[512];
	const char *what;
	int keep[] = {images, cache, freezer, out, err, socket, pages, status};
	char *environment[] = {cache_setting, "CRIU_FAULT=130", NULL}; /* 130: no hardware breakpoints, 8-18 ms less */
	snprintf(program, sizeof program, "%s/criu", c->criu);
	snprintf(loader, sizeof loader, "%s/ld.so", c->criu);
	snprintf(library, sizeof library, "%s/lib", c->criu);
	struct enter_request request = {
		.sandbox = c->sandboxpid,
		.own_ipc = dump_ipc,
		.program = {.loader = loader, .library_dir = library, .path = program},
		.arguments = arguments,
		.environment = environment,
		.keep = keep,
		.keep_count = sizeof keep / sizeof *keep,
		.cgroup_procs = cgroups,
		.output = STDERR_FILENO,
		.input = -1,
		.die_with_parent = true,
	};
	pid_t pid = enter_spawn(&request, &what);
	return pid < 0 ? failure_errno("criu", "cannot start CRIU in the sandbox (%s)", what) : pid;
}

static bool dumps_ipc(const struct config *c) { return !strcmp(c->ipc, "dump"); }

int criu_warm(const struct config *c) {
	char *arguments[] = {"check", "--feature", "uffd-noncoop", NULL};
	int status;
	pid_t pid = start(c, arguments, -1, -1, -1, NULL, dumps_ipc(c));
	if (pid < 0)
		return -1;
	if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return failure("criu", "CRIU's check of this kernel ended with status %d; see driver.log", status);
	log_line("criu check ended with %d", WEXITSTATUS(status));
	return 0;
}

static int write_small(const char *name, const char *text) {
	int fd = openat(images, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (fd >= 0)
		close(fd);
	return written ? 0 : failure_errno("criu", "cannot write %s", name);
}

static void message(void *argument, short events) {
	struct criu *k = argument;
	(void)events;
	if (k->notified)
		return;
	int n = rpc_receive(k->socket, &k->last);
	k->notified = n > 0;
	if (n <= 0 && !(n < 0 && errno == EAGAIN)) {
		k->ended = true;
		loop_unwatch(&k->watch);
	}
	k->settled = k->notified || k->ended;
}

int criu_start(struct criu *k, const struct config *c, int pages, const char *const *cgroups) {
	int pair[2];
	char number[16], settings[64];
	*k = (struct criu){.socket = -1};
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return failure_errno("criu", "cannot make CRIU's socket");
	int theirs = high(pair[1]);
	snprintf(number, sizeof number, "%d", theirs);
	snprintf(settings, sizeof settings, pages >= 0 ? "ps-socket %d\n" : "\n", pages);
	char *arguments[] = {"swrk", number, NULL};
	if (write_small("criu.conf", settings))
		return -1;
	k->socket = pair[0];
	k->pid = start(c, arguments, theirs, pages, -1, cgroups, dumps_ipc(c));
	close(theirs);
	if (k->pid < 0) {
		close(k->socket);
		*k = (struct criu){.socket = -1};
		return -1;
	}
	k->watch = (struct watch){.fd = k->socket, .events = POLLIN, .ready = message, .argument = k};
	loop_watch(&k->watch);
	return 0;
}

static void common_options(struct buffer *o, const char *log) {
	char settings[80];
	snprintf(settings, sizeof settings, "%s/criu.conf", images_path);
	rpc_number(o, OPTION_IMAGES_DIR_FD, (uint64_t)-1);
	rpc_text(o, OPTION_IMAGES_DIR, images_path);
	rpc_text(o, OPTION_CONFIG_FILE, settings);
	rpc_text(o, OPTION_LOG_FILE, log);
	rpc_number(o, OPTION_LOG_LEVEL, (uint64_t)log_level);
	rpc_number(o, OPTION_NOTIFY_SCRIPTS, 1);
	rpc_number(o, OPTION_TCP_ESTABLISHED, 1);
	rpc_number(o, OPTION_NETWORK_LOCK, NETWORK_LOCK_SKIP);
	rpc_number(o, OPTION_MANAGE_CGROUPS_MODE, CGROUPS_IGNORE);
	rpc_number(o, OPTION_FILE_LOCKS, 1);
	rpc_number(o, OPTION_EVASIVE_DEVICES, 1);
	rpc_number(o, OPTION_SHELL_JOB, 1);
	rpc_number(o, OPTION_LINK_REMAP, 1);
	rpc_number(o, OPTION_FORCE_IRMAP, 1);
	rpc_number(o, OPTION_ORPHAN_PTS_MASTER, 1);
	rpc_number(o, OPTION_GHOST_LIMIT, GHOST_LIMIT);
	rpc_number(o, OPTION_SKIP_FILE_RWX_CHECK, 1);
}

int criu_dump(struct criu *k, const struct config *c, bool lazy) {
	struct buffer o = {0};
	char path[40];
	(void)c;
	if (fault("dump"))
		return -1;
	common_options(&o, "dump.log");
	rpc_number(&o, OPTION_PID, APPLICATION_ROOT);
	rpc_number(&o, OPTION_LEAVE_STOPPED, 1);
	if (lazy)
		rpc_number(&o, OPTION_LAZY_PAGES, 1);
	else {
		snprintf(path, sizeof path, "/proc/self/fd/%d", freezer);
		rpc_text(&o, OPTION_FREEZE_CGROUP, path);
	}
	int result = rpc_request(k->socket, RPC_DUMP, &o);
	buffer_free(&o);
	return result;
}

int criu_restore(struct criu *k, const struct config *c, bool lazy, unsigned long out_inode, unsigned long err_inode) {
	struct buffer o = {0};
	char key[40];
	(void)c;
	if (fault("restore"))
		return -1;
	common_options(&o, "restore.log");
	if (lazy)
		rpc_number(&o, OPTION_LAZY_PAGES, 1);
	snprintf(key, sizeof key, "pipe:[%lu]", out_inode);
	rpc_inherit(&o, out, key);
	snprintf(key, sizeof key, "pipe:[%lu]", err_inode);
	if (err_inode != out_inode)
		rpc_inherit(&o, err, key);
	int result = rpc_request(k->socket, RPC_RESTORE, &o);
	buffer_free(&o);
	return result;
}

bool criu_next(struct criu *k, double timeout_ms) {
	loop_until(&k->settled, timeout_ms);
	if (!k->notified) {
		failure("criu", k->ended ? "CRIU ended without an answer" : "CRIU gave no answer in time");
		return false;
	}
	k->notified = false;
	k->settled = k->ended;
	return true;
}

void criu_kill(struct criu *k) {
	if (k->pid <= 0)
		return;
	loop_unwatch(&k->watch);
	kill(k->pid, SIGKILL);
	while (waitpid(k->pid, NULL, 0) < 0 && errno == EINTR)
		;
	close(k->socket);
	*k = (struct criu){.socket = -1};
}

/*
 * The daemon wants the images when it starts, but they exist only in the freeze. So it is started before, with a FIFO for the first image
 * that it reads: exec, libraries and kernel checks are then behind it.
 */
int criu_start_daemon(const struct config *c, int pages, int status, pid_t *pid) {
	char page_socket[16], status_fd[16];
	char verbosity[8];
	snprintf(page_socket, sizeof page_socket, "%d", pages);
	snprintf(status_fd, sizeof status_fd, "%d", status);
	snprintf(verbosity, sizeof verbosity, "-v%d", log_level);
	char *arguments[] = {"lazy-pages",  "--page-server", "--ps-socket", page_socket, "-D",     images_path, "-o",
			     "lazy-pages.log", "--status-fd", status_fd,    verbosity,   NULL};
	unlinkat(images, "inventory.img", 0);
	if (mkfifoat(images, "inventory.img", 0600))
		return failure_errno("criu", "cannot make a FIFO for the lazy-pages daemon");
	*pid = start(c, arguments, -1, pages, status, NULL, false);
	return *pid < 0 ? -1 : 0;
}

int criu_feed_daemon(const void *inventory, size_t size) {
	int fifo = openat(images, "inventory.img", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	int file = openat(images, "inventory.tmp", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fifo < 0 || file < 0)
		return failure_errno("criu", "the lazy-pages daemon does not wait for its images; see lazy-pages.log");
	bool good = write(file, inventory, size) == (ssize_t)size && !renameat(images, "inventory.tmp", images, "inventory.img") &&
		    write(fifo, inventory, size) == (ssize_t)size;
	close(file);
	close(fifo);
	return good ? 0 : failure_errno("criu", "cannot give the lazy-pages daemon its images");
}

/* Errors that CRIU logs and overcomes. */
static bool harmless(const char *line) {
	static const char *const known[] = {"RLIMIT_NOFILE", "Unable to create tun"};
	const char *end = strchrnul(line, '\n');
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		const char *found = strstr(line, known[i]);
		if (found && found < end)
			return true;
	}
	return false;
}

void criu_log_error(const char *log, char *line, size_t size) {
	struct buffer text = {0};
	*line = 0;
	if (!buffer_file(&text, images, log)) {
		buffer_add(&text, "", 1);
		char *found = strstr((char *)buffer_data(&text), "Error (");
		while (found && harmless(found))
			found = strstr(found + 1, "Error (");
		if (found)
			snprintf(line, size, "%.*s", (int)strcspn(found, "\n"), found);
	}
	buffer_free(&text);
}

void criu_log_tail(const char *log, char *tail, size_t size) {
	struct buffer text = {0};
	*tail = 0;
	if (!buffer_file(&text, images, log)) {
		size_t have = buffer_size(&text), take = have < size - 1 ? have : size - 1;
		memcpy(tail, buffer_data(&text) + have - take, take);
		tail[take] = 0;
	}
	buffer_free(&text);
}
