/* A byte queue that grows. */
#ifndef HANDOFF_BUFFER_H
#define HANDOFF_BUFFER_H

#include <stddef.h>
#include <stdint.h>

struct buffer {
	uint8_t *bytes;
	size_t start, end, capacity;
};

static inline size_t buffer_size(const struct buffer *b) { return b->end - b->start; }
static inline uint8_t *buffer_data(const struct buffer *b) { return b->bytes + b->start; }

/* Room for `size` more bytes at the end; the caller writes there and calls buffer_grew. Never fails: out of memory ends the process. */
uint8_t *buffer_room(struct buffer *b, size_t size);
static inline void buffer_grew(struct buffer *b, size_t size) { b->end += size; }
void buffer_add(struct buffer *b, const void *bytes, size_t size);
void buffer_text(struct buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buffer_consume(struct buffer *b, size_t size);
/* Takes back what was added beyond `size` bytes. */
static inline void buffer_shrink(struct buffer *b, size_t size) { b->end = b->start + size; }
static inline void buffer_clear(struct buffer *b) { b->start = b->end = 0; }
/* Has these bytes and no others afterwards. */
void buffer_set(struct buffer *b, const void *bytes, size_t size);
void buffer_free(struct buffer *b);
/* Adds all of a file. -1 with errno. */
int buffer_file(struct buffer *b, int directory, const char *name);

#endif
