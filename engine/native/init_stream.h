/* stdout and stderr of the application: a pipe each, copied to our own and to the application's log in CRI format. */
#ifndef CARRYON_INIT_STREAM_H
#define CARRYON_INIT_STREAM_H

#include "init_file.h"
#include "init_output.h"

/* Longest piece of a line in one record; a longer line becomes several, all but the last marked P. */
enum { LINE_PIECE = 16 * 1024 };
struct stream {
	const char *name;
	int fd; /* our end of the pipe */
	struct output output;
	char piece[LINE_PIECE]; /* a line that has not ended yet */
	size_t length;
};

struct app_log {
	struct rotating_file file;
	unsigned long long lost_lines; /* could not be written: told when that works again */
	int lost_errno;
};

/* Makes the pipe so that its write end has this very number. */
bool stream_open(struct stream *stream, const char *name, int write_fd, int output_fd);

/* Reads once, as much as is there now. */
void stream_read(struct stream *stream, struct app_log *log);

/* Reads all that was in the pipe when called, and writes a line that has not ended as a piece of the kind P or F. */
void stream_drain(struct stream *stream, struct app_log *log, char kind);

static inline bool stream_may_read(const struct stream *stream) {
	return stream->output.fd < 0 || output_queued(&stream->output) < QUEUE_LIMIT;
}

#endif
