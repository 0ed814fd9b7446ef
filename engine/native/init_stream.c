#define _GNU_SOURCE
#include "init_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 64 * 1024, RECORD_HEAD = 64, BATCH = 256 * 1024 };

/* Records of one read, written to the file at once. */
static struct {
	char bytes[BATCH];
	size_t length;
	unsigned lines;
	char time[40];
} batch;

static void begin_batch(void) {
	struct timespec now;
	struct tm utc;
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	size_t n = strftime(batch.time, sizeof batch.time, "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(batch.time + n, sizeof batch.time - n, ".%09ldZ", now.tv_nsec);
	batch.length = 0;
	batch.lines = 0;
}

static bool tell_lost(struct app_log *log) {
	char line[200];
	if (!log->lost_lines)
		return true;
	int n = snprintf(line, sizeof line, "%s stderr F carryon: %llu log lines were not written to disk: %s\n", batch.time, log->lost_lines, strerror(log->lost_errno));
	if (!file_append(&log->file, line, n))
		return false;
	log->lost_lines = 0;
	return true;
}

static void end_batch(struct app_log *log) {
	if (batch.length && (!tell_lost(log) || !file_append(&log->file, batch.bytes, batch.length))) {
		log->lost_errno = errno;
		log->lost_lines += batch.lines;
	}
	batch.length = 0;
	batch.lines = 0;
}

static void add_record(struct app_log *log, const struct stream *stream, char kind, const char *rest, size_t rest_length) {
	if (batch.length + RECORD_HEAD + stream->length + rest_length > BATCH)
		end_batch(log);
	char *at = batch.bytes + batch.length;
	at += snprintf(at, RECORD_HEAD, "%s %s %c ", batch.time, stream->name, kind);
	at = mempcpy(at, stream->piece, stream->length);
	at = mempcpy(at, rest, rest_length);
	*at++ = '\n';
	batch.length = at - batch.bytes;
	batch.lines++;
}

static void flush_piece(struct app_log *log, struct stream *stream, char kind) {
	if (!stream->length)
		return;
	add_record(log, stream, kind, "", 0);
	stream->length = 0;
}

/* Keeps the begin of a line until its end comes. */
static void keep(struct app_log *log, struct stream *stream, const char *bytes, size_t length) {
	while (length) {
		size_t room = LINE_PIECE - stream->length, n = length < room ? length : room;
		memcpy(stream->piece + stream->length, bytes, n);
		stream->length += n;
		bytes += n;
		length -= n;
		if (stream->length == LINE_PIECE)
			flush_piece(log, stream, 'P');
	}
}

static void add_text(struct app_log *log, struct stream *stream, const char *bytes, size_t length) {
	const char *end = bytes + length, *newline;
	while (bytes < end && (newline = memchr(bytes, '\n', end - bytes))) {
		size_t n = newline - bytes;
		if (stream->length + n > LINE_PIECE) {
			keep(log, stream, bytes, n);
			bytes = newline;
			n = 0;
		}
		add_record(log, stream, 'F', bytes, n);
		stream->length = 0;
		bytes = newline + 1;
	}
	keep(log, stream, bytes, end - bytes);
}

/* Number of bytes read; 0 when there is nothing now. */
static size_t read_chunk(struct stream *stream, struct app_log *log, size_t most) {
	static char chunk[CHUNK];
	ssize_t n;
	while ((n = read(stream->fd, chunk, most < CHUNK ? most : CHUNK)) < 0 && errno == EINTR)
		;
	if (n <= 0)
		return 0;
	add_text(log, stream, chunk, n);
	output_write(&stream->output, chunk, n);
	return n;
}

bool stream_open(struct stream *stream, const char *name, int write_fd, int output_fd) {
	int ends[2];
	if (pipe2(ends, O_CLOEXEC))
		return false;
	*stream = (struct stream){.name = name, .fd = fcntl(ends[0], F_DUPFD_CLOEXEC, write_fd + 10)};
	if (stream->fd < 0 || fcntl(stream->fd, F_SETFL, O_NONBLOCK))
		return false;
	close(ends[0]);
	if (ends[1] != write_fd) {
		if (dup3(ends[1], write_fd, O_CLOEXEC) < 0)
			return false;
		close(ends[1]);
	}
	output_init(&stream->output, output_fd);
	return true;
}

void stream_read(struct stream *stream, struct app_log *log) {
	begin_batch();
	read_chunk(stream, log, CHUNK);
	end_batch(log);
}

void stream_drain(struct stream *stream, struct app_log *log, char kind) {
	int waiting = 0;
	/* Not "until empty": an application that is not frozen could keep us here for ever. */
	if (ioctl(stream->fd, FIONREAD, &waiting))
		waiting = 0;
	begin_batch();
	while (waiting > 0) {
		size_t n = read_chunk(stream, log, waiting);
		if (!n)
			break;
		waiting -= n;
	}
	flush_piece(log, stream, kind);
	end_batch(log);
}
