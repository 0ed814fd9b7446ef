/*
 * forking: a service with a child, a double-forked daemon, a 100 ms monotonic timer and many kernel objects in use. At each tick it
 * tries all of them and tells subscribers on TCP 8080 ('P') and its standard output one line: the tick's number, the milliseconds
 * since the last tick by CLOCK_MONOTONIC, and `ok` or the names of what failed.
 */
#define _GNU_SOURCE
#include "feature.h"
#include "server.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { TICK_NS = 100000000, POLL_NS = 1000000000 };

static const struct feature *const groups[] = { file_features, ipc_features, process_features };
enum { GROUPS = sizeof groups / sizeof *groups };

static void subscribe(struct client *client, char command)
{
	if (command == 'P')
		client->subscribed = true;
	else
		client_send(client, &command, 1);
}

static void open_all(void)
{
	mkdir(FEATURE_DIR, 0755);
	for (int group = 0; group < GROUPS; group++)
		for (const struct feature *feature = groups[group]; feature->name; feature++)
			if (!feature->open()) {
				fprintf(stderr, "cannot set up %s: %m\n", feature->name);
				exit(1);
			}
}

/* Appends the names of the features that fail; returns how many. */
static int failures(char *text, size_t size)
{
	int count = 0;

	text[0] = '\0';
	for (int group = 0; group < GROUPS; group++)
		for (const struct feature *feature = groups[group]; feature->name; feature++)
			if (!feature->check()) {
				strncat(text, count++ ? "," : "", size - strlen(text) - 1);
				strncat(text, feature->name, size - strlen(text) - 1);
			}
	return count;
}

static int64_t since_last_ms(void)
{
	static struct timespec last;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	const int64_t ms = last.tv_sec ? (now.tv_sec - last.tv_sec) * 1000 + (now.tv_nsec - last.tv_nsec) / 1000000 : 0;
	last = now;
	return ms;
}

static void tell(uint64_t tick)
{
	char failed[512], line[640];
	const int count = failures(failed, sizeof failed);
	const int length = snprintf(line, sizeof line, "%" PRIu64 " %" PRId64 " %s\n", tick, since_last_ms(), count ? failed : "ok");

	if (write(STDOUT_FILENO, line, length) != length)
		exit(1);
	server_publish(line, length);
}

int main(void)
{
	const struct itimerspec period = { { 0, TICK_NS }, { 0, TICK_NS } };
	const int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

	open_all();
	server_open();
	timerfd_settime(timer, 0, &period, NULL);
	for (uint64_t tick = 0;;) {
		uint64_t expirations;

		if (server_poll(POLL_NS, timer, subscribe) && read(timer, &expirations, sizeof expirations) == sizeof expirations)
			tell(tick++);
	}
}
