/* The small images of a lazy dump, in one frame. */
#ifndef HANDOFF_IMAGES_H
#define HANDOFF_IMAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

/* What the destination must know beside the images. */
struct stdio_pipes {
	unsigned long out, err; /* inodes */
};

bool image_name(const char *name);
int images_pack(int directory, const struct stdio_pipes *pipes, struct buffer *b);

struct images {
	struct stdio_pipes pipes;
	struct buffer inventory;
	int highest_pid; /* of processes and threads, in the sandbox */
	size_t bytes;
};

/* Writes all images but inventory.img, which starts the lazy-pages daemon and is kept in `i`. */
int images_unpack(int directory, const uint8_t *payload, size_t size, struct images *i);
/* Highest PID or thread id that the core images in a directory speak of. */
int images_highest_pid(int directory);

#endif
