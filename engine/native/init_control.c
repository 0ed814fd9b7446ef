#define _GNU_SOURCE
#include "init_control.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

bool control_open(struct control *control, const char *path) {
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	for (int i = 0; i < MAX_CLIENTS; i++)
		control->clients[i].fd = -1;
	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	unlink(path);
	control->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (control->listener < 0)
		return false;
	mode_t before = umask(0177);
	int failed = bind(control->listener, (struct sockaddr *)&address, sizeof address);
	umask(before);
	return !failed && listen(control->listener, MAX_CLIENTS) == 0;
}

int control_poll(const struct control *control, struct pollfd *fds) {
	int n = 0;
	fds[n++] = (struct pollfd){.fd = control->listener, .events = POLLIN};
	for (int i = 0; i < MAX_CLIENTS; i++)
		if (control->clients[i].fd >= 0)
			fds[n++] = (struct pollfd){.fd = control->clients[i].fd, .events = POLLIN};
	return n;
}

static void hang_up(struct client *client) {
	close(client->fd);
	*client = (struct client){.fd = -1};
}

static void say(struct client *client, const char *text) {
	char line[MAX_LINE + 80];
	int n = snprintf(line, sizeof line, "%s\n", text);
	/* An answer is far smaller than a socket's buffer: one that does not fit has a reader that is gone. */
	if (send(client->fd, line, n, MSG_NOSIGNAL | MSG_DONTWAIT) != n)
		hang_up(client);
}

static void answer_line(struct client *client, answer_function *answer) {
	char text[MAX_LINE + 64];
	if (answer(client->line, text, sizeof text))
		say(client, text);
	else
		client->waits = true;
}

static void answer_lines(struct client *client, answer_function *answer) {
	char *newline;
	while (client->fd >= 0 && (newline = memchr(client->line, '\n', client->length))) {
		size_t used = newline + 1 - client->line;
		*newline = '\0';
		answer_line(client, answer);
		if (client->fd < 0)
			return;
		client->length -= used;
		memmove(client->line, client->line + used, client->length);
	}
	if (client->length == MAX_LINE)
		hang_up(client);
}

static void read_client(struct client *client, answer_function *answer) {
	ssize_t n = recv(client->fd, client->line + client->length, MAX_LINE - client->length, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		hang_up(client);
		return;
	}
	client->length += n;
	answer_lines(client, answer);
}

static void accept_client(struct control *control) {
	int fd = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		return;
	for (int i = 0; i < MAX_CLIENTS; i++)
		if (control->clients[i].fd < 0) {
			control->clients[i] = (struct client){.fd = fd};
			return;
		}
	close(fd);
}

void control_handle(struct control *control, const struct pollfd *fds, int count, answer_function *answer) {
	for (int n = 0; n < count; n++) {
		if (!fds[n].revents)
			continue;
		if (fds[n].fd == control->listener)
			accept_client(control);
		for (int i = 0; i < MAX_CLIENTS; i++)
			if (fds[n].fd == control->clients[i].fd)
				read_client(&control->clients[i], answer);
	}
}

void control_answer_waiting(struct control *control, const char *text) {
	for (int i = 0; i < MAX_CLIENTS; i++)
		if (control->clients[i].fd >= 0 && control->clients[i].waits) {
			control->clients[i].waits = false;
			say(&control->clients[i], text);
		}
}
