/* Files on their way: entries in a byte stream. */
#ifndef HANDOFF_PACK_H
#define HANDOFF_PACK_H

#include <stdint.h>

#include "buffer.h"
#include "roots.h"
#include "walk.h"

/*
 * An entry, numbers big-endian: u8 kind, u8 flags, u16 root, u32 mode, u32 uid, u32 gid, u64 mtime s, u32 mtime ns, u64 rdev, u64 size, then
 * u32-counted bytes: path, target (symbolic or hard link), attributes (u32-counted name and value, repeated); a regular file goes on with
 * extents, u64 offset, u64 length, bytes, ended by length 0.
 */
enum kind {
	KIND_FILE = 'f',
	KIND_DIRECTORY = 'd',
	KIND_SYMLINK = 'l',
	KIND_NODE = 'n', /* device, FIFO, socket */
	KIND_HARD_LINK = 'h',
	KIND_GONE = 'g', /* also a whiteout */
};

enum flag { FLAG_OPAQUE = 1 };

struct record {
	uint8_t kind, flags;
	uint16_t root;
	uint32_t mode, uid, gid, mtime_ns;
	uint64_t mtime, rdev, size;
};

enum { RECORD_SIZE = 44 };

int pack_entry(struct buffer *b, const struct root *root, const struct entry *e);
void pack_hard_link(struct buffer *b, unsigned root, const char *path, const char *target);
void pack_gone(struct buffer *b, unsigned root, const char *path);
/* Applies a stream. The roots are those of the service's files here. */
int unpack(const struct roots *r, const uint8_t *bytes, size_t size);

#endif
