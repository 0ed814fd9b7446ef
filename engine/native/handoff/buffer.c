#define _GNU_SOURCE
#include "buffer.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST_CAPACITY = 4096 };

uint8_t *buffer_room(struct buffer *b, size_t size) {
	if (b->capacity - b->end >= size)
		return b->bytes + b->end;
	if (b->start) {
		memmove(b->bytes, b->bytes + b->start, b->end - b->start);
		b->end -= b->start;
		b->start = 0;
	}
	if (b->capacity - b->end < size) {
		size_t capacity = b->capacity ? b->capacity : FIRST_CAPACITY;
		while (capacity - b->end < size)
			capacity *= 2;
		b->bytes = realloc(b->bytes, capacity);
		if (!b->bytes)
			abort();
		b->capacity = capacity;
	}
	return b->bytes + b->end;
}

void buffer_add(struct buffer *b, const void *bytes, size_t size) {
	memcpy(buffer_room(b, size), bytes, size);
	b->end += size;
}

void buffer_text(struct buffer *b, const char *format, ...) {
	va_list list, again;
	va_start(list, format);
	va_copy(again, list);
	int size = vsnprintf(NULL, 0, format, list);
	vsnprintf((char *)buffer_room(b, (size_t)size + 1), (size_t)size + 1, format, again);
	b->end += (size_t)size;
	va_end(list);
	va_end(again);
}

void buffer_consume(struct buffer *b, size_t size) {
	b->start += size;
	if (b->start == b->end)
		b->start = b->end = 0;
}

void buffer_set(struct buffer *b, const void *bytes, size_t size) {
	buffer_clear(b);
	buffer_add(b, bytes, size);
}

void buffer_free(struct buffer *b) {
	free(b->bytes);
	*b = (struct buffer){0};
}

int buffer_file(struct buffer *b, int directory, const char *name) {
	struct stat st;
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	size_t guess = fstat(fd, &st) == 0 && st.st_size > 0 ? (size_t)st.st_size : 0;
	for (;;) {
		ssize_t n = read(fd, buffer_room(b, guess + 1), guess + 1);
		if (n <= 0) {
			close(fd);
			return (int)n;
		}
		b->end += (size_t)n;
		guess = FIRST_CAPACITY;
	}
}
