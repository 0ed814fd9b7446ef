#define _GNU_SOURCE
#include "pack.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "failure.h"
#include "wire.h"

enum { XATTR_LIST = 65536, XATTR_VALUE = 65536, COPY_SIZE = 1 << 20 };

static void add32(struct buffer *b, uint32_t v) {
	uint8_t bytes[4];
	put32(bytes, v);
	buffer_add(b, bytes, sizeof bytes);
}

static void add64(struct buffer *b, uint64_t v) {
	uint8_t bytes[8];
	put64(bytes, v);
	buffer_add(b, bytes, sizeof bytes);
}

static void counted(struct buffer *b, const void *data, size_t size) {
	add32(b, (uint32_t)size);
	buffer_add(b, data, size);
}

static void add_record(struct buffer *b, const struct record *r, const char *path, const char *target) {
	uint8_t head[4] = {r->kind, r->flags, (uint8_t)(r->root >> 8), (uint8_t)r->root};
	buffer_add(b, head, sizeof head);
	add32(b, r->mode);
	add32(b, r->uid);
	add32(b, r->gid);
	add64(b, r->mtime);
	add32(b, r->mtime_ns);
	add64(b, r->rdev);
	add64(b, r->size);
	counted(b, path, strlen(path));
	counted(b, target, strlen(target));
}

static void path_of(const struct entry *e, char *path, size_t size) { snprintf(path, size, "/proc/self/fd/%d/%s", e->directory, e->name); }

/* What overlayfs keeps for itself is made anew by the destination's overlayfs. */
static void add_attributes(struct buffer *b, const char *path, uint8_t *flags) {
	static char names[XATTR_LIST], value[XATTR_VALUE];
	struct buffer all = {0};
	ssize_t size = llistxattr(path, names, sizeof names);
	for (ssize_t at = 0; at < size; at += (ssize_t)strlen(names + at) + 1) {
		const char *name = names + at;
		ssize_t length = lgetxattr(path, name, value, sizeof value);
		if (!strcmp(name, "trusted.overlay.opaque") && length == 1 && *value == 'y')
			*flags |= FLAG_OPAQUE;
		if (length < 0 || !strncmp(name, "trusted.overlay.", 16))
			continue;
		counted(&all, name, strlen(name));
		counted(&all, value, (size_t)length);
	}
	counted(b, buffer_data(&all), buffer_size(&all));
	buffer_free(&all);
}

static int add_extent(struct buffer *b, int fd, off_t from, off_t to) {
	add64(b, (uint64_t)from);
	add64(b, (uint64_t)(to - from));
	while (from < to) {
		size_t want = (size_t)(to - from) < COPY_SIZE ? (size_t)(to - from) : COPY_SIZE;
		ssize_t n = pread(fd, buffer_room(b, want), want, from);
		if (n <= 0)
			return -1;
		buffer_grew(b, (size_t)n);
		from += n;
	}
	return 0;
}

/* Holes stay holes. */
static int add_content(struct buffer *b, int fd, off_t size) {
	for (off_t at = 0; at < size;) {
		off_t from = lseek(fd, at, SEEK_DATA), to;
		if (from < 0 && errno == ENXIO)
			break;
		if (from < 0 || (to = lseek(fd, from, SEEK_HOLE)) < 0)
			from = at, to = size;
		if (to > size)
			to = size;
		if (add_extent(b, fd, from, to))
			return -1;
		at = to;
	}
	add64(b, 0);
	add64(b, 0);
	return 0;
}

static enum kind kind_of(const struct stat *st, bool layer) {
	if (S_ISDIR(st->st_mode))
		return KIND_DIRECTORY;
	if (S_ISREG(st->st_mode))
		return KIND_FILE;
	if (S_ISLNK(st->st_mode))
		return KIND_SYMLINK;
	return layer && S_ISCHR(st->st_mode) && st->st_rdev == 0 ? KIND_GONE : KIND_NODE;
}

int pack_entry(struct buffer *b, const struct root *root, const struct entry *e) {
	char path[PATH_MAX], target[PATH_MAX] = "";
	struct record r = {
		.kind = (uint8_t)kind_of(&e->st, root->layer),
		.root = (uint16_t)e->root,
		.mode = e->st.st_mode,
		.uid = e->st.st_uid,
		.gid = e->st.st_gid,
		.mtime = (uint64_t)e->st.st_mtim.tv_sec,
		.mtime_ns = (uint32_t)e->st.st_mtim.tv_nsec,
		.rdev = e->st.st_rdev,
		.size = (uint64_t)e->st.st_size,
	};
	size_t begin = buffer_size(b);
	int fd = -1, result = 0;
	if (r.kind == KIND_GONE) {
		pack_gone(b, e->root, e->path);
		return 0;
	}
	if (r.kind == KIND_SYMLINK) {
		ssize_t n = readlinkat(e->directory, e->name, target, sizeof target - 1);
		target[n > 0 ? n : 0] = 0;
	}
	path_of(e, path, sizeof path);
	add_record(b, &r, e->path, target);
	add_attributes(b, path, &r.flags);
	buffer_data(b)[begin + 1] = r.flags;
	if (r.kind == KIND_FILE) {
		fd = openat(e->directory, e->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
		result = fd < 0 ? -1 : add_content(b, fd, e->st.st_size);
		if (result)
			failure_errno("files", "cannot read %s", e->path);
		if (fd >= 0)
			close(fd);
	}
	return result;
}

static void add_bare(struct buffer *b, enum kind kind, unsigned root, const char *path, const char *target) {
	struct record r = {.kind = (uint8_t)kind, .root = (uint16_t)root};
	add_record(b, &r, path, target);
	add32(b, 0);
}

void pack_hard_link(struct buffer *b, unsigned root, const char *path, const char *target) { add_bare(b, KIND_HARD_LINK, root, path, target); }

void pack_gone(struct buffer *b, unsigned root, const char *path) { add_bare(b, KIND_GONE, root, path, ""); }
