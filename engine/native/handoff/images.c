#define _GNU_SOURCE
#include "images.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failure.h"
#include "wire.h"

enum { NAME_ROOM = 256 };

static const char stdio_name[] = ":stdio";

bool image_name(const char *name) {
	size_t length = strlen(name);
	return length > 4 && length < NAME_ROOM && !strcmp(name + length - 4, ".img") && !strchr(name, '/');
}

static void add_head(struct buffer *b, const char *name, uint32_t size) {
	uint8_t head[6];
	uint16_t length = (uint16_t)strlen(name);
	head[0] = (uint8_t)(length >> 8);
	head[1] = (uint8_t)length;
	put32(head + 2, size);
	buffer_add(b, head, sizeof head);
	buffer_add(b, name, length);
}

static int add_image(struct buffer *b, int directory, const char *name) {
	size_t at = buffer_size(b), begin;
	add_head(b, name, 0);
	begin = buffer_size(b);
	if (buffer_file(b, directory, name))
		return failure_errno("images", "cannot read the image %s", name);
	put32(buffer_data(b) + at + 2, (uint32_t)(buffer_size(b) - begin));
	return 0;
}

static DIR *open_again(int directory) {
	int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? NULL : fdopendir(fd);
}

int images_pack(int directory, const struct stdio_pipes *pipes, struct buffer *b) {
	char text[64];
	int result = 0, size = snprintf(text, sizeof text, "%lu %lu", pipes->out, pipes->err);
	DIR *d = open_again(directory);
	if (!d)
		return failure_errno("images", "cannot read the images directory");
	add_head(b, stdio_name, (uint32_t)size);
	buffer_add(b, text, (size_t)size);
	for (struct dirent *e; !result && (e = readdir(d));)
		if (image_name(e->d_name))
			result = add_image(b, directory, e->d_name);
	closedir(d);
	return result;
}

static int core_pid(const char *name) { return strncmp(name, "core-", 5) ? 0 : atoi(name + 5); }

static int write_image(int directory, const char *name, const uint8_t *bytes, size_t size) {
	int fd = openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool written = fd >= 0;
	for (size_t done = 0; written && done < size;) {
		ssize_t n = write(fd, bytes + done, size - done);
		written = n > 0;
		done += written ? (size_t)n : 0;
	}
	if (fd >= 0)
		close(fd);
	return written ? 0 : failure_errno("images", "cannot write the image %s", name);
}

static int take_image(int directory, const char *name, const uint8_t *bytes, size_t size, struct images *i) {
	if (!strcmp(name, stdio_name)) {
		char text[64];
		snprintf(text, sizeof text, "%.*s", (int)size, (const char *)bytes);
		return sscanf(text, "%lu %lu", &i->pipes.out, &i->pipes.err) == 2 ? 0 : failure("images", "the peer sent no description of stdio");
	}
	if (!image_name(name))
		return failure("images", "the peer sent an image with the name %s", name);
	if (core_pid(name) > i->highest_pid)
		i->highest_pid = core_pid(name);
	if (!strcmp(name, "inventory.img")) {
		buffer_add(&i->inventory, bytes, size);
		return 0;
	}
	return write_image(directory, name, bytes, size);
}

int images_unpack(int directory, const uint8_t *p, size_t size, struct images *i) {
	const uint8_t *end = p + size;
	char name[NAME_ROOM];
	*i = (struct images){.bytes = size};
	while (p < end) {
		size_t length = end - p < 6 ? NAME_ROOM : (size_t)(p[0] << 8 | p[1]);
		uint32_t bytes = end - p < 6 ? 0 : get32(p + 2);
		if (length >= sizeof name || (size_t)(end - p) < 6 + length || (size_t)(end - p) - 6 - length < bytes)
			return failure("images", "the peer's images are damaged");
		memcpy(name, p + 6, length);
		name[length] = 0;
		p += 6 + length;
		if (take_image(directory, name, p, bytes, i))
			return -1;
		p += bytes;
	}
	return 0;
}

int images_highest_pid(int directory) {
	int highest = 0;
	DIR *d = open_again(directory);
	for (struct dirent *e; d && (e = readdir(d));)
		if (core_pid(e->d_name) > highest)
			highest = core_pid(e->d_name);
	if (d)
		closedir(d);
	return highest;
}
