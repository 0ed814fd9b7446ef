/* The socket on which engine and handoff driver speak to init: a line asked, a line answered. */
#ifndef CARRYON_INIT_CONTROL_H
#define CARRYON_INIT_CONTROL_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

enum { MAX_CLIENTS = 16, MAX_LINE = 64 };

struct client {
	int fd; /* -1: free */
	bool waits; /* asked `wait`; answered when the main process ends */
	char line[MAX_LINE];
	size_t length;
};

struct control {
	int listener;
	struct client clients[MAX_CLIENTS];
};

/* Writes the answer, without newline; returns false when the answer comes later. */
typedef bool answer_function(const char *request, char *answer, size_t size);

bool control_open(struct control *control, const char *path);
/* Adds what is to be polled; returns how many. */
int control_poll(const struct control *control, struct pollfd *fds);
void control_handle(struct control *control, const struct pollfd *fds, int count, answer_function *answer);
void control_answer_waiting(struct control *control, const char *text);

#endif
