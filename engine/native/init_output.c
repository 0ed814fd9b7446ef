#define _GNU_SOURCE
#include "init_output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void output_init(struct output *output, int fd) {
	*output = (struct output){0};
	output_redirect(output, fd);
}

void output_redirect(struct output *output, int fd) {
	output->fd = fd;
	output->gone = false;
	if (fd < 0)
		return;
	int flags = fcntl(fd, F_GETFL);
	output->gone = flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0;
	output_flush(output);
}

size_t output_queued(const struct output *output) {
	return output->end - output->begin;
}

/* Number of bytes taken; 0 when the reader is slow or gone. */
static size_t write_some(struct output *output, const char *bytes, size_t length) {
	size_t written = 0;
	while (written < length && output->fd >= 0 && !output->gone) {
		ssize_t n = write(output->fd, bytes + written, length - written);
		if (n >= 0)
			written += n;
		else if (errno == EAGAIN)
			break;
		else if (errno != EINTR)
			output->gone = true;
	}
	return written;
}

static bool make_room(struct output *output, size_t length) {
	size_t queued = output_queued(output);
	if (output->begin) {
		memmove(output->queue, output->queue + output->begin, queued);
		output->begin = 0;
		output->end = queued;
	}
	if (queued + length <= output->capacity)
		return true;
	size_t capacity = (queued + length) * 2;
	char *larger = realloc(output->queue, capacity);
	if (!larger)
		return false;
	output->queue = larger;
	output->capacity = capacity;
	return true;
}

void output_write(struct output *output, const char *bytes, size_t length) {
	size_t written = output_queued(output) ? 0 : write_some(output, bytes, length);
	if (output->fd < 0 && output_queued(output) + length > QUEUE_LIMIT)
		return;
	if (written == length || output->gone || !make_room(output, length - written))
		return;
	memcpy(output->queue + output->end, bytes + written, length - written);
	output->end += length - written;
}

void output_flush(struct output *output) {
	output->begin += write_some(output, output->queue + output->begin, output_queued(output));
	if (output->begin == output->end || output->gone)
		output->begin = output->end = 0;
}
