#define _GNU_SOURCE
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 512 };

static int listener = -1;
static struct client clients[MAX_CLIENTS];
static int client_count;

void server_open(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(LISTEN_PORT) };
	const int on = 1;

	listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (listener < 0 || setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
	    bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, BACKLOG)) {
		fprintf(stderr, "cannot listen on port %d: %s\n", LISTEN_PORT, strerror(errno));
		exit(1);
	}
}

static void drop(struct client *client)
{
	close(client->fd);
	client->fd = -1;
}

void client_send(struct client *client, const char *text, size_t length)
{
	if (client->fd >= 0 && send(client->fd, text, length, MSG_NOSIGNAL) != (ssize_t)length)
		drop(client);
}

void server_publish(const char *text, size_t length)
{
	for (int i = 0; i < client_count; i++)
		if (clients[i].subscribed)
			client_send(&clients[i], text, length);
}

static void server_accept(void)
{
	const int on = 1;
	int fd;

	while (client_count < MAX_CLIENTS && (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		clients[client_count++] = (struct client){ .fd = fd };
	}
}

static void serve(struct client *client, command_fn on_command)
{
	char commands[4096];
	ssize_t length = read(client->fd, commands, sizeof commands);

	if (length == 0 || (length < 0 && errno != EAGAIN && errno != EINTR))
		drop(client);
	for (ssize_t i = 0; i < length && client->fd >= 0; i++)
		on_command(client, commands[i]);
}

static void forget_dropped(void)
{
	int kept = 0;

	for (int i = 0; i < client_count; i++)
		if (clients[i].fd >= 0)
			clients[kept++] = clients[i];
	client_count = kept;
}

bool server_poll(long timeout_ns, int extra_fd, command_fn on_command)
{
	struct pollfd fds[MAX_CLIENTS + 2] = { { .fd = listener, .events = POLLIN }, { .fd = extra_fd, .events = POLLIN } };
	const struct timespec timeout = { timeout_ns / 1000000000, timeout_ns % 1000000000 };
	const int polled = client_count;

	for (int i = 0; i < polled; i++)
		fds[i + 2] = (struct pollfd){ .fd = clients[i].fd, .events = POLLIN };
	if (ppoll(fds, polled + 2, &timeout, NULL) <= 0)
		return false;
	for (int i = 0; i < polled; i++)
		if (fds[i + 2].revents)
			serve(&clients[i], on_command);
	forget_dropped();
	if (fds[0].revents)
		server_accept();
	return fds[1].revents & POLLIN;
}
