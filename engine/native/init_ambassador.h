/*
 * The ambassador's end in PID 1 of the outer container: a program in the user's own image, in a container beside this one, that stands for the
 * application there. It greets with its descriptors and with what its container engine gave it; from then on the application's output goes to
 * its output, its signals to the application, and the application's end is its own.
 */
#ifndef CARRYON_INIT_AMBASSADOR_H
#define CARRYON_INIT_AMBASSADOR_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Known to the engine: /proc/1/fd/<this> is the mount namespace of the ambassador that is here. */
enum { AMBASSADOR_MOUNTS = 15 };
enum { AMBASSADOR_MAX_POLL = 2, AMBASSADOR_LINE = 64 };

struct ambassador {
	bool expected; /* there is to be one: this outer container shows nothing itself */
	int listener, fd; /* -1: none */
	int output[2]; /* its stdout and stderr; -1: none */
	int mounts;
	uint32_t length; /* of the greeting, in network byte order while it is read */
	char *greeting;
	size_t got;
	bool greeted;
	char line[AMBASSADOR_LINE];
	size_t line_length;
};

/* Nothing is listened on where `directory` is NULL. */
bool ambassador_open(struct ambassador *ambassador, const char *directory);
int ambassador_poll(const struct ambassador *ambassador, struct pollfd *fds);

struct ambassador_events {
	/* Its greeting is in AMBASSADOR_GREETING. */
	void (*came)(const struct ambassador *ambassador);
	void (*signalled)(int signal);
	/* Without having been told that the application ended: its container was killed. */
	void (*gone)(void);
};
void ambassador_handle(struct ambassador *ambassador, const struct pollfd *fds, int count, const struct ambassador_events *events);

/* This container ends: the next ambassador waits for the next one. */
void ambassador_take_no_other(struct ambassador *ambassador);

/* It ends with this code; `why` is for people, or empty. */
void ambassador_tell_exit(struct ambassador *ambassador, int code, const char *why);

#endif
