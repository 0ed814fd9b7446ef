/* Features that carry bytes or events from one end to the other. */
#define _GNU_SOURCE
#include "feature.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <signal.h>
#include <unistd.h>

enum { EVENTS = 7 };

static const struct sockaddr_un socket_path = { AF_UNIX, FEATURE_DIR "/socket" };
static int pipe_ends[2], pair[2], unix_listener, unix_client, unix_server, event_fd, signal_fd;

/* Sends a byte in at one end, awaits it at the other. */
static bool carries(int in, int out)
{
	char byte = 'x', seen = 0;

	return write(in, &byte, 1) == 1 && read(out, &seen, 1) == 1 && seen == byte;
}

/* A byte stays in the pipe at rest, so that its content must move, too. */
static bool open_pipe(void) { return pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) == 0 && write(pipe_ends[1], "x", 1) == 1; }
static bool check_pipe(void) { return carries(pipe_ends[1], pipe_ends[0]); }

static bool open_pair(void) { return socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == 0; }
static bool check_pair(void) { return carries(pair[0], pair[1]); }

static int connect_unix(void)
{
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (const struct sockaddr *)&socket_path, sizeof socket_path)) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool open_unix(void)
{
	unlink(socket_path.sun_path);
	unix_listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (unix_listener < 0 || bind(unix_listener, (const struct sockaddr *)&socket_path, sizeof socket_path) || listen(unix_listener, 5))
		return false;
	unix_client = connect_unix();
	unix_server = accept(unix_listener, NULL, NULL);
	return unix_client >= 0 && unix_server >= 0;
}

/* The old connection works, and the name leads new ones to the listener. */
static bool check_unix(void)
{
	const int client = connect_unix();
	const int server = client >= 0 ? accept(unix_listener, NULL, NULL) : -1;
	const bool works = server >= 0 && carries(client, server) && carries(unix_client, unix_server);

	if (client >= 0)
		close(client);
	if (server >= 0)
		close(server);
	return works;
}

static bool open_event(void) { return (event_fd = eventfd(EVENTS, EFD_NONBLOCK | EFD_CLOEXEC)) >= 0; }

static bool check_event(void)
{
	uint64_t events = 0;

	return read(event_fd, &events, sizeof events) == sizeof events && events == EVENTS && write(event_fd, &events, sizeof events) == sizeof events;
}

static bool open_signal(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return signal_fd >= 0;
}

static bool check_signal(void)
{
	struct signalfd_siginfo info;

	return kill(getpid(), SIGUSR1) == 0 && read(signal_fd, &info, sizeof info) == sizeof info && info.ssi_signo == SIGUSR1;
}

const struct feature ipc_features[] = {
	{ "pipe", open_pipe, check_pipe },
	{ "socketpair", open_pair, check_pair },
	{ "unix", open_unix, check_unix },
	{ "eventfd", open_event, check_event },
	{ "signalfd", open_signal, check_signal },
	{ 0 },
};
