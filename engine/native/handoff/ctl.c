#define _GNU_SOURCE
#include "ctl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "buffer.h"
#include "failure.h"
#include "json.h"
#include "loop.h"

enum { MOST_CLIENTS = 16, LONGEST_LINE = 4096, VERB_ROOM = 32 };

struct client {
	struct watch watch;
	struct buffer in;
	char verb[VERB_ROOM]; /* that it waits for */
	bool used;
};

static struct client clients[MOST_CLIENTS];
static struct watch server = {.fd = -1};
static ctl_handler handle;

static void drop(struct client *c) {
	loop_unwatch(&c->watch);
	close(c->watch.fd);
	buffer_free(&c->in);
	*c = (struct client){0};
}

static void reply(struct client *c, const struct buffer *answer) {
	struct buffer line = {0};
	buffer_add(&line, buffer_data(answer), buffer_size(answer));
	buffer_add(&line, "\n", 1);
	if (send(c->watch.fd, buffer_data(&line), buffer_size(&line), MSG_NOSIGNAL) < 0)
		log_line("an answer could not be delivered: %s", strerror(errno));
	buffer_free(&line);
	*c->verb = 0;
}

static void refuse(struct client *c, const char *message) {
	struct buffer answer = {0};
	buffer_text(&answer, "{\"ok\":false,\"code\":\"bad-request\",\"message\":\"%s\"}", message);
	reply(c, &answer);
	buffer_free(&answer);
}

static void one_request(struct client *c, const char *line) {
	char verb[VERB_ROOM];
	struct buffer answer = {0};
	if (!json_string(line, "do", verb, sizeof verb)) {
		refuse(c, "send one JSON object a line, with the verb in `do`");
		return;
	}
	if (*c->verb) {
		refuse(c, "one request at a time on a connection; wait for the answer");
		return;
	}
	snprintf(c->verb, sizeof c->verb, "%s", verb);
	if (handle(verb, line, &answer))
		reply(c, &answer);
	buffer_free(&answer);
}

static void requests(struct client *c) {
	for (char *end; c->used && (end = memchr(buffer_data(&c->in), '\n', buffer_size(&c->in)));) {
		char line[LONGEST_LINE];
		size_t size = (size_t)(end - (char *)buffer_data(&c->in));
		snprintf(line, sizeof line, "%.*s", (int)size, (char *)buffer_data(&c->in));
		buffer_consume(&c->in, size + 1);
		one_request(c, line);
		if (!buffer_size(&c->in))
			break;
	}
}

static void readable(void *argument, short events) {
	struct client *c = argument;
	(void)events;
	ssize_t n = recv(c->watch.fd, buffer_room(&c->in, LONGEST_LINE), LONGEST_LINE, MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0 || buffer_size(&c->in) + (size_t)n > LONGEST_LINE) {
		drop(c);
		return;
	}
	buffer_grew(&c->in, (size_t)n);
	requests(c);
}

static void acceptable(void *argument, short events) {
	(void)argument, (void)events;
	int fd = accept4(server.fd, NULL, NULL, SOCK_CLOEXEC);
	for (size_t i = 0; fd >= 0 && i < MOST_CLIENTS; i++)
		if (!clients[i].used) {
			clients[i] = (struct client){.used = true, .watch = {.fd = fd, .events = POLLIN, .ready = readable, .argument = &clients[i]}};
			loop_watch(&clients[i].watch);
			return;
		}
	if (fd >= 0)
		close(fd);
}

int ctl_open(const char *directory, ctl_handler handler) {
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	if (snprintf(a.sun_path, sizeof a.sun_path, "%s/ctl.sock", directory) >= (int)sizeof a.sun_path)
		return failure("bad-config", "dir=%s is too long for a socket in it", directory);
	handle = handler;
	unlink(a.sun_path);
	mode_t old = umask(0177);
	server = (struct watch){.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), .events = POLLIN, .ready = acceptable};
	int failed = server.fd < 0 || bind(server.fd, (struct sockaddr *)&a, sizeof a) || listen(server.fd, MOST_CLIENTS);
	umask(old);
	if (failed)
		return failure_errno("bad-config", "cannot listen on %s", a.sun_path);
	loop_watch(&server);
	return 0;
}

void ctl_answer(const char *verb, const struct buffer *answer) {
	for (size_t i = 0; i < MOST_CLIENTS; i++)
		if (clients[i].used && !strcmp(clients[i].verb, verb))
			reply(&clients[i], answer);
}


void ctl_close(const char *directory) {
	char path[4096];
	snprintf(path, sizeof path, "%s/ctl.sock", directory);
	unlink(path);
}
