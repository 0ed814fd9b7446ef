/* Copies to our own stdout and stderr without ever waiting for who reads them (the container engine's log). */
#ifndef CARRYON_INIT_OUTPUT_H
#define CARRYON_INIT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

/* A reader that is this far behind makes the application wait, as it would without us. */
enum { QUEUE_LIMIT = 256 * 1024 };

struct output {
	int fd; /* -1: nobody reads yet, or for a while; what does not fit into the queue is dropped then */
	bool gone; /* nobody reads it any more: what comes is dropped, it is in the log file */
	char *queue;
	size_t begin, end, capacity;
};

void output_init(struct output *output, int fd);
void output_write(struct output *output, const char *bytes, size_t length);
/* Writes what is queued, as far as it goes. */
void output_flush(struct output *output);
size_t output_queued(const struct output *output);
/* Another reader from now on, or -1. What is queued goes to it. */
void output_redirect(struct output *output, int fd);

#endif
