#define _GNU_SOURCE
#include "ambassador.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As in engine/exec/frames.ts: u8 stream, u32 length in network byte order, payload. */
enum { ARGUMENTS = 4, INPUT = 0, OUTPUT = 1, ERRORS = 2, EXIT = 3, AWAY = 5, PROBE = 6 };
enum { CHUNK = 64 * 1024, LONGEST = 16 * 1024 * 1024 };

struct __attribute__((packed)) head {
	uint8_t stream;
	uint32_t length;
};

static bool send_frame(int fd, uint8_t stream, const void *bytes, size_t length) {
	struct head head = {.stream = stream, .length = htonl(length)};
	return write_all(fd, &head, sizeof head) && write_all(fd, bytes, length);
}

static bool send_arguments(int fd, char **argv, bool probe) {
	size_t length = 0;
	char *text = NULL;
	for (; *argv; argv++) {
		size_t n = strlen(*argv) + 1;
		if (!(text = realloc(text, length + n)))
			return false;
		memcpy(text + length, *argv, n);
		length += n;
	}
	bool sent = send_frame(fd, probe ? PROBE : ARGUMENTS, text, length);
	free(text);
	return sent;
}

/* False: no more of it. */
static bool pass_input(int fd) {
	char chunk[CHUNK];
	ssize_t n = read(STDIN_FILENO, chunk, sizeof chunk);
	if (n < 0 && errno == EINTR)
		return true;
	/* An empty frame is the end. */
	return send_frame(fd, INPUT, chunk, n < 0 ? 0 : n) && n > 0;
}

/* Exit code, or -1: it goes on. */
static int take_frame(int fd, bool probe) {
	struct head head;
	if (!read_all(fd, &head, sizeof head))
		return complain("the engine has hung up"), CANNOT_RUN;
	size_t length = ntohl(head.length);
	if (length > LONGEST)
		return errno = EMSGSIZE, complain("the engine's answer"), CANNOT_RUN;
	char *bytes = malloc(length + 1);
	int code = -1;
	if (!bytes || !read_all(fd, bytes, length))
		code = (complain("the engine has hung up"), CANNOT_RUN);
	else if (head.stream == OUTPUT || head.stream == ERRORS)
		code = write_all(head.stream == OUTPUT ? STDOUT_FILENO : STDERR_FILENO, bytes, length) ? -1 : CANNOT_RUN;
	else if (head.stream == EXIT || head.stream == AWAY) {
		bytes[length] = '\0';
		code = probe ? 0 : CANNOT_RUN;
		if (head.stream == EXIT && sscanf(bytes, "{\"exitCode\":%d", &code) != 1)
			code = CANNOT_RUN;
		if (head.stream == AWAY)
			fprintf(stderr, "carryon: %s\n", bytes);
	}
	free(bytes);
	return code;
}

int ambassador_exec(char **argv, bool probe) {
	int fd = dial("exec.sock");
	if (fd < 0 || !send_arguments(fd, argv, probe))
		return complain("cannot reach the engine"), CANNOT_RUN;
	bool input = true;
	for (int code = -1;;) {
		struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = input ? STDIN_FILENO : -1, .events = POLLIN}};
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return complain("poll"), CANNOT_RUN;
		if (fds[1].revents)
			input = pass_input(fd);
		if (fds[0].revents && (code = take_frame(fd, probe)) >= 0)
			return code;
	}
}
