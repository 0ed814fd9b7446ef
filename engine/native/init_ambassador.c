#define _GNU_SOURCE
#include "init_ambassador.h"

#include "init.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { DESCRIPTORS = 3, LONGEST_GREETING = 8 * 1024 * 1024 };

bool ambassador_open(struct ambassador *a, const char *directory) {
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	*a = (struct ambassador){.expected = directory != NULL, .listener = -1, .fd = -1, .output = {-1, -1}, .mounts = -1};
	if (!directory)
		return true;
	/* Taken: nothing else gets this number. */
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null < 0 || (null != AMBASSADOR_MOUNTS && (dup3(null, AMBASSADOR_MOUNTS, O_CLOEXEC) < 0 || close(null))))
		return false;
	if (snprintf(address.sun_path, sizeof address.sun_path, "%s/init.sock", directory) >= (int)sizeof address.sun_path)
		return errno = ENAMETOOLONG, false;
	unlink(address.sun_path);
	a->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (a->listener < 0 || bind(a->listener, (struct sockaddr *)&address, sizeof address))
		return false;
	/* The ambassador has the application's user, whoever that is; no other container of the pod has this directory. */
	return !chmod(address.sun_path, 0666) && !listen(a->listener, 4);
}

int ambassador_poll(const struct ambassador *a, struct pollfd *fds) {
	if (!a->expected)
		return 0;
	fds[0] = (struct pollfd){.fd = a->listener, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = a->fd, .events = POLLIN};
	return AMBASSADOR_MAX_POLL;
}

static void close_one(int *fd) {
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void hang_up(struct ambassador *a) {
	int *all[] = {&a->fd, &a->output[0], &a->output[1], &a->mounts};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		close_one(all[i]);
	free(a->greeting);
	*a = (struct ambassador){.expected = true, .listener = a->listener, .fd = -1, .output = {-1, -1}, .mounts = -1};
}

static void accept_one(struct ambassador *a) {
	int fd = accept4(a->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	if (a->fd < 0) {
		a->fd = fd;
		return;
	}
	static const char refusal[] = "refused there is an ambassador already\n";
	if (send(fd, refusal, sizeof refusal - 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		complain("cannot refuse a second ambassador");
	close(fd);
}

static void take_descriptors(struct ambassador *a, struct msghdr *message) {
	int *places[DESCRIPTORS] = {&a->output[0], &a->output[1], &a->mounts};
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		/* Alignment lets the kernel give one more than was asked for. */
		size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int given;
			memcpy(&given, CMSG_DATA(c) + i * sizeof given, sizeof given);
			if (i < DESCRIPTORS && *places[i] < 0)
				*places[i] = given;
			else
				close(given);
		}
	}
}

/* As recv; descriptors come with the first byte. */
static ssize_t receive(struct ambassador *a, void *bytes, size_t size) {
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(DESCRIPTORS * sizeof(int))];
	} control;
	struct iovec part = {.iov_base = bytes, .iov_len = size};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	ssize_t n = recvmsg(a->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n > 0)
		take_descriptors(a, &message);
	return n;
}

static bool keep_greeting(const struct ambassador *a, size_t length) {
	int fd = open(AMBASSADOR_GREETING ".tmp", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	size_t done = 0;
	while (fd >= 0 && done < length) {
		ssize_t n = write(fd, a->greeting + done, length - done);
		if (n < 0 && errno != EINTR)
			break;
		done += n < 0 ? 0 : n;
	}
	if (fd >= 0)
		close(fd);
	return fd >= 0 && done == length && !rename(AMBASSADOR_GREETING ".tmp", AMBASSADOR_GREETING);
}

/* False: it is not one, or cannot be taken. */
static bool greet(struct ambassador *a, const struct ambassador_events *events) {
	if (a->output[0] < 0 || a->output[1] < 0 || a->mounts < 0 || !keep_greeting(a, ntohl(a->length)))
		return false;
	if (dup3(a->mounts, AMBASSADOR_MOUNTS, O_CLOEXEC) < 0)
		return false;
	a->greeted = true;
	free(a->greeting);
	a->greeting = NULL;
	events->came(a);
	return true;
}

/* False: hang up. */
static bool read_greeting(struct ambassador *a, const struct ambassador_events *events) {
	bool head = a->got < sizeof a->length;
	size_t length = ntohl(a->length);
	void *to = head ? (char *)&a->length + a->got : a->greeting + (a->got - sizeof a->length);
	ssize_t n = receive(a, to, head ? sizeof a->length - a->got : length - (a->got - sizeof a->length));
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0)
		return false;
	a->got += n;
	length = ntohl(a->length);
	if (a->got == sizeof a->length) {
		if (length == 0 || length > LONGEST_GREETING)
			return false;
		a->greeting = malloc(length);
		return a->greeting != NULL;
	}
	return a->got < sizeof a->length + length || greet(a, events);
}

static bool read_lines(struct ambassador *a, const struct ambassador_events *events) {
	ssize_t n = recv(a->fd, a->line + a->line_length, sizeof a->line - a->line_length, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0)
		return false;
	a->line_length += n;
	char *newline;
	while ((newline = memchr(a->line, '\n', a->line_length))) {
		int signal;
		*newline = '\0';
		if (sscanf(a->line, "signal %d", &signal) == 1)
			events->signalled(signal);
		if (a->fd < 0)
			return true; /* that ended it */
		a->line_length -= newline + 1 - a->line;
		memmove(a->line, newline + 1, a->line_length);
	}
	return a->line_length < sizeof a->line;
}

void ambassador_handle(struct ambassador *a, const struct pollfd *fds, int count, const struct ambassador_events *events) {
	if (!count)
		return;
	/* First: one that has died makes room for the next. */
	if (a->fd >= 0 && fds[1].fd == a->fd && fds[1].revents) {
		bool greeted = a->greeted;
		if (!(greeted ? read_lines(a, events) : read_greeting(a, events))) {
			hang_up(a);
			if (greeted)
				events->gone();
		}
	}
	if (fds[0].revents)
		accept_one(a);
}

void ambassador_take_no_other(struct ambassador *a) {
	close_one(&a->listener);
}

void ambassador_tell_exit(struct ambassador *a, int code, const char *why) {
	char line[200];
	if (!a->greeted)
		return;
	int n = snprintf(line, sizeof line, "exited %d %s\n", code, why);
	if (send(a->fd, line, n, MSG_NOSIGNAL | MSG_DONTWAIT) != n)
		complain("cannot tell the ambassador of the application's end");
	hang_up(a);
}
