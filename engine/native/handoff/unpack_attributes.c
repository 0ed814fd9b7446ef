/* Extended attributes, access lists among them. */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

#include "failure.h"
#include "unpack.h"

enum { XATTR_LIST = 65536 };

int attributes_set(const struct item *i) {
	char path[PATH_MAX + 40], name[256];
	struct stream s = {i->attributes.bytes, i->attributes.bytes + i->attributes.size};
	struct text n, v;
	snprintf(path, sizeof path, "/proc/self/fd/%d/%s", i->parent, i->name);
	while (take_counted(&s, &n) && take_counted(&s, &v)) {
		snprintf(name, sizeof name, "%.*s", (int)n.size, (const char *)n.bytes);
		if (lsetxattr(path, name, v.bytes, v.size, 0))
			return failure_errno("files", "cannot set the attribute %s of %s", name, i->path);
	}
	return 0;
}

static bool carries(const struct item *i, const char *wanted) {
	struct stream s = {i->attributes.bytes, i->attributes.bytes + i->attributes.size};
	struct text n, v;
	while (take_counted(&s, &n) && take_counted(&s, &v))
		if (n.size == strlen(wanted) && !memcmp(n.bytes, wanted, n.size))
			return true;
	return false;
}

/* A directory that stays keeps what it had: an access list that was taken away there must go here too. */
void attributes_drop(const struct item *i) {
	char path[PATH_MAX + 40];
	static char names[XATTR_LIST];
	snprintf(path, sizeof path, "/proc/self/fd/%d/%s", i->parent, i->name);
	ssize_t size = llistxattr(path, names, sizeof names);
	for (ssize_t at = 0; at < size; at += (ssize_t)strlen(names + at) + 1)
		if (strncmp(names + at, "trusted.overlay.", 16) && !carries(i, names + at) && lremovexattr(path, names + at))
			log_line("the attribute %s of %s stays", names + at, i->path);
}
