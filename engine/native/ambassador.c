#define _GNU_SOURCE
#include "ambassador.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_S = 120, LINE = 256 };

extern char **environ;

void complain(const char *what) {
	fprintf(stderr, "carryon: ambassador: %s: %s\n", what, strerror(errno));
}

bool write_all(int fd, const void *bytes, size_t length) {
	for (size_t done = 0; done < length;) {
		ssize_t n = write(fd, (const char *)bytes + done, length - done);
		if (n < 0 && errno != EINTR)
			return false;
		done += n < 0 ? 0 : n;
	}
	return true;
}

bool read_all(int fd, void *bytes, size_t length) {
	for (size_t done = 0; done < length;) {
		ssize_t n = read(fd, (char *)bytes + done, length - done);
		if (n == 0)
			return errno = 0, false;
		if (n < 0 && errno != EINTR)
			return false;
		done += n < 0 ? 0 : n;
	}
	return true;
}

static bool beside(const char *name, char *path, size_t size) {
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	if (n < 0)
		return false;
	self[n] = '\0';
	*strrchr(self, '/') = '\0';
	return snprintf(path, size, "%s/%s", self, name) < (int)size || (errno = ENAMETOOLONG, false);
}

int dial(const char *name) {
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (!beside(name, address.sun_path, sizeof address.sun_path))
		return -1;
	for (int tenths = 0;; tenths++) {
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd < 0 || !connect(fd, (struct sockaddr *)&address, sizeof address))
			return fd;
		int failure = errno;
		close(fd);
		errno = failure;
		if ((failure != ENOENT && failure != ECONNREFUSED) || tenths >= PATIENCE_S * 10)
			return -1;
		nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
	}
}

/* What the outer container's own start puts into the directory that both see. */
static int install(const char *directory) {
	char part[PATH_MAX], path[PATH_MAX], chunk[64 * 1024];
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (snprintf(path, sizeof path, "%s/ambassador", directory) >= (int)sizeof path || snprintf(part, sizeof part, "%s.part", path) >= (int)sizeof part)
		return errno = ENAMETOOLONG, complain(directory), CANNOT_RUN;
	int to = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	ssize_t n = from < 0 || to < 0 ? -1 : 0;
	while (n >= 0 && (n = read(from, chunk, sizeof chunk)) > 0)
		if (!write_all(to, chunk, n))
			n = -1;
	/* Renamed: the ambassador that runs has the old one open. */
	if (n < 0 || fchmod(to, 0755) || close(to) || rename(part, path))
		return complain(path), CANNOT_RUN;
	return 0;
}

/* The greeting: `key=value` texts, each ended by a zero byte. */
struct text {
	char *bytes;
	size_t length, capacity;
};

static void add(struct text *text, const char *key, const char *value, size_t length) {
	size_t need = text->length + strlen(key) + length + 2;
	if (need > text->capacity) {
		text->capacity = need * 2;
		if (!(text->bytes = realloc(text->bytes, text->capacity)))
			exit(CANNOT_RUN);
	}
	char *at = stpcpy(text->bytes + text->length, key);
	*at++ = '=';
	at = mempcpy(at, value, length);
	*at++ = '\0';
	text->length = at - text->bytes;
}

static void add_string(struct text *text, const char *key, const char *value) {
	add(text, key, value, strlen(value));
}

/* Lines of the kernel's own words about this process. */
static void add_lines(struct text *text, const char *key, const char *path, bool (*wanted)(const char *line)) {
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	FILE *file = fopen(path, "re");
	while (file && (n = getline(&line, &size, file)) > 0)
		if (wanted(line))
			add(text, key, line, n - (line[n - 1] == '\n'));
	free(line);
	if (file)
		fclose(file);
}

static bool is_identity(const char *line) {
	static const char *const wanted[] = {"Uid:", "Gid:", "Groups:", "Umask:", "CapBnd:", "NoNewPrivs:"};
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		if (!strncmp(line, wanted[i], strlen(wanted[i])))
			return true;
	return false;
}

/* 5th field: the mount point. */
static bool is_root_mount(const char *line) {
	char point[PATH_MAX];
	return sscanf(line, "%*s %*s %*s %*s %4095s", point) == 1 && !strcmp(point, "/");
}

static void describe(struct text *text, char **argv) {
	char name[PATH_MAX];
	for (; *argv; argv++)
		add_string(text, "arg", *argv);
	for (char **entry = environ; *entry; entry++)
		add_string(text, "env", *entry);
	if (getcwd(name, sizeof name))
		add_string(text, "cwd", name);
	if (!gethostname(name, sizeof name))
		add_string(text, "hostname", name);
	add_lines(text, "status", "/proc/self/status", is_identity);
	add_lines(text, "root", "/proc/self/mountinfo", is_root_mount);
}

static bool greet(int fd, char **argv) {
	struct text text = {0};
	int mounts = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	int given[] = {STDOUT_FILENO, STDERR_FILENO, mounts};
	describe(&text, argv);
	uint32_t length = htonl(text.length);
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof given)];
	} control;
	struct iovec part = {.iov_base = &length, .iov_len = sizeof length};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);
	*head = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof given)};
	memcpy(CMSG_DATA(head), given, sizeof given);
	bool done = mounts >= 0 && sendmsg(fd, &message, 0) == sizeof length && write_all(fd, text.bytes, text.length);
	free(text.bytes);
	if (mounts >= 0)
		close(mounts);
	return done;
}

/* Where kubelet looks for the reason. */
static void leave_word(const char *why) {
	int fd = open("/dev/termination-log", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	write_all(fd, why, strlen(why));
	close(fd);
}

/* The code of `exited CODE [REASON]`, or -1: something else was said. */
static int told_exit(char *line) {
	int code, at = 0;
	if (!strncmp(line, "refused ", 8)) {
		fprintf(stderr, "carryon: ambassador: %s\n", line + 8);
		return CANNOT_RUN;
	}
	if (sscanf(line, "exited %d %n", &code, &at) != 1)
		return -1;
	if (at && line[at])
		leave_word(line + at);
	return code;
}

static int lost(void) {
	leave_word("the outer container (carryon) ended, and the application with it");
	return 128 + SIGKILL;
}

/* Signals go there, and the end comes from there. */
static int serve(int fd, int signals) {
	char line[LINE];
	size_t length = 0;
	for (;;) {
		struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return lost();
		struct signalfd_siginfo info;
		if (fds[1].revents && read(signals, &info, sizeof info) == sizeof info) {
			char text[32];
			int n = snprintf(text, sizeof text, "signal %d\n", (int)info.ssi_signo);
			if (!write_all(fd, text, n) && errno != EPIPE)
				complain("cannot pass a signal on");
		}
		if (!fds[0].revents)
			continue;
		ssize_t n = read(fd, line + length, sizeof line - 1 - length);
		if (n <= 0)
			return lost();
		length += n;
		char *newline = memchr(line, '\n', length);
		if (!newline)
			continue;
		*newline = '\0';
		int code = told_exit(line);
		if (code >= 0)
			return code;
		length = 0;
	}
}

static int run(char **argv) {
	sigset_t set;
	/* What kubectl runs in this container may leave children to PID 1: they need nobody's wait then. */
	signal(SIGCHLD, SIG_IGN);
	sigfillset(&set);
	/* SIGPIPE as well: a write says what it is. */
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigdelset(&set, SIGPIPE);
	sigdelset(&set, SIGCHLD);
	int signals = signalfd(-1, &set, SFD_CLOEXEC);
	int fd = signals < 0 ? -1 : dial("init.sock");
	if (fd < 0)
		return complain("cannot reach the outer container"), CANNOT_RUN;
	if (!greet(fd, argv))
		return complain("cannot greet the outer container"), CANNOT_RUN;
	return serve(fd, signals);
}

int main(int argc, char **argv) {
	bool has_program = argc > 3 && !strcmp(argv[2], "--");
	if (argc == 3 && !strcmp(argv[1], "install"))
		return install(argv[2]);
	if (has_program && !strcmp(argv[1], "run"))
		return run(argv + 3);
	/* Nothing is run: it is asked whether the application has begun. */
	if (argc == 2 && !strcmp(argv[1], "probe"))
		return ambassador_exec(argv + 2, true);
	if (has_program && (!strcmp(argv[1], "exec") || !strcmp(argv[1], "probe")))
		return ambassador_exec(argv + 3, argv[1][0] == 'p');
	fprintf(stderr, "usage: ambassador install DIRECTORY | ambassador run|exec|probe -- PROGRAM [ARGUMENT...] | ambassador probe\n");
	return CANNOT_RUN;
}
