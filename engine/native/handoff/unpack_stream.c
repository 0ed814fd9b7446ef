#define _GNU_SOURCE
#include <string.h>

#include "unpack.h"
#include "wire.h"

bool take(struct stream *s, size_t size, const uint8_t **at) {
	if ((size_t)(s->end - s->at) < size)
		return false;
	*at = s->at;
	s->at += size;
	return true;
}

bool take_counted(struct stream *s, struct text *t) {
	const uint8_t *at;
	if (!take(s, 4, &at))
		return false;
	t->size = get32(at);
	return take(s, t->size, &t->bytes);
}

static bool take_path(struct stream *s, char *path) {
	struct text t;
	if (!take_counted(s, &t) || t.size >= PATH_MAX || memchr(t.bytes, 0, t.size))
		return false;
	memcpy(path, t.bytes, t.size);
	path[t.size] = 0;
	return true;
}

bool take_item(struct stream *s, struct item *i) {
	const uint8_t *a;
	if (!take(s, RECORD_SIZE, &a))
		return false;
	i->r = (struct record){.kind = a[0], .flags = a[1], .root = (uint16_t)(a[2] << 8 | a[3]), .mode = get32(a + 4), .uid = get32(a + 8),
			       .gid = get32(a + 12), .mtime = get64(a + 16), .mtime_ns = get32(a + 24), .rdev = get64(a + 28), .size = get64(a + 36)};
	return take_path(s, i->path) && take_path(s, i->target) && take_counted(s, &i->attributes);
}
