#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "failure.h"
#include "fault.h"
#include "unpack.h"
#include "wire.h"

/* Directory whose time is set at the end: making its entries changes it. */
struct stamp {
	struct stamp *next;
	unsigned root;
	struct timespec mtime;
	char path[];
};

/* The parent of `path` without following any symbolic link: the stream can only name things inside its root. */
static int open_parent(int root, const char *path, const char **name) {
	char parent[PATH_MAX];
	struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
	const char *slash = strrchr(path, '/');
	snprintf(parent, sizeof parent, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
	*name = slash ? slash + 1 : path;
	if (!**name || !strcmp(*name, ".."))
		return -1;
	return syscall(SYS_openat2, root, parent, &how, sizeof how);
}

static int remove_tree(int parent, const char *name) {
	if (!unlinkat(parent, name, 0) || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -1;
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	if (!d)
		return -1;
	for (struct dirent *e; (e = readdir(d));)
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..") && remove_tree(fd, e->d_name)) {
			closedir(d);
			return -1;
		}
	closedir(d);
	return unlinkat(parent, name, AT_REMOVEDIR);
}

static int set_metadata(const struct item *i) {
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {(time_t)i->r.mtime, (long)i->r.mtime_ns}};
	if (fchownat(i->parent, i->name, i->r.uid, i->r.gid, AT_SYMLINK_NOFOLLOW) ||
	    (i->r.kind != KIND_SYMLINK && fchmodat(i->parent, i->name, i->r.mode & 07777, 0)) || attributes_set(i) ||
	    utimensat(i->parent, i->name, times, AT_SYMLINK_NOFOLLOW))
		return failure_errno("files", "cannot set owner, mode or times of %s", i->path);
	return 0;
}

static int write_content(struct stream *s, const struct item *i, int fd) {
	const uint8_t *head, *bytes;
	for (;;) {
		if (!take(s, 16, &head))
			return failure("files", "the stream of changed files is cut short");
		uint64_t offset = get64(head), size = get64(head + 8);
		if (!size)
			break;
		if (!take(s, size, &bytes))
			return failure("files", "the stream of changed files is cut short");
		for (uint64_t done = 0; done < size;) {
			ssize_t n = fd < 0 ? -1 : pwrite(fd, bytes + done, size - done, (off_t)(offset + done));
			if (n <= 0)
				return failure_errno("files", "cannot write %s", i->path);
			done += (uint64_t)n;
		}
	}
	return ftruncate(fd, (off_t)i->r.size) ? failure_errno("files", "cannot set the size of %s", i->path) : 0;
}

static int make_file(struct stream *s, const struct item *i) {
	int fd = openat(i->parent, i->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return failure_errno("files", "cannot make %s", i->path);
	int result = write_content(s, i, fd);
	close(fd);
	return result;
}

static int make_directory(const struct item *i) {
	struct stat st;
	bool there = !fstatat(i->parent, i->name, &st, AT_SYMLINK_NOFOLLOW);
	/* an opaque directory hides what lies below: removed and made again, overlayfs makes it opaque by itself */
	if (there && (!S_ISDIR(st.st_mode) || i->r.flags & FLAG_OPAQUE)) {
		if (remove_tree(i->parent, i->name))
			return failure_errno("files", "cannot replace %s", i->path);
		there = false;
	}
	if (there)
		attributes_drop(i);
	return there || !mkdirat(i->parent, i->name, 0700) ? 0 : failure_errno("files", "cannot make %s", i->path);
}

static int make_hard_link(const struct roots *r, const struct item *i) {
	const char *name;
	int parent = open_parent(r->all[i->r.root].fd, i->target, &name);
	int failed = parent < 0 || linkat(parent, name, i->parent, i->name, 0);
	if (parent >= 0)
		close(parent);
	return failed ? failure_errno("files", "cannot link %s to %s", i->path, i->target) : 0;
}

static int make(const struct roots *r, struct stream *s, const struct item *i) {
	if (i->r.kind == KIND_DIRECTORY)
		return make_directory(i) || set_metadata(i) ? -1 : 0;
	if (remove_tree(i->parent, i->name))
		return failure_errno("files", "cannot remove %s", i->path);
	switch (i->r.kind) {
	case KIND_GONE:
		return 0;
	case KIND_HARD_LINK:
		return make_hard_link(r, i);
	case KIND_FILE:
		return make_file(s, i) || set_metadata(i) ? -1 : 0;
	case KIND_SYMLINK:
		return symlinkat(i->target, i->parent, i->name) ? failure_errno("files", "cannot make %s", i->path) : set_metadata(i);
	case KIND_NODE:
		return mknodat(i->parent, i->name, i->r.mode, i->r.rdev) ? failure_errno("files", "cannot make %s", i->path) : set_metadata(i);
	default:
		return failure("files", "unknown kind of entry in the stream of changed files");
	}
}

static void remember(struct stamp **stamps, const struct item *i) {
	size_t size = strlen(i->path) + 1;
	struct stamp *one = malloc(sizeof *one + size);
	if (!one)
		abort();
	one->next = *stamps;
	one->root = i->r.root;
	one->mtime = (struct timespec){(time_t)i->r.mtime, (long)i->r.mtime_ns};
	memcpy(one->path, i->path, size);
	*stamps = one;
}

static void set_times(const struct roots *r, struct stamp *stamps) {
	for (struct stamp *one = stamps, *next; one; one = next) {
		const char *name;
		struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, one->mtime};
		int parent = open_parent(r->all[one->root].fd, one->path, &name);
		if (parent >= 0) {
			utimensat(parent, name, times, AT_SYMLINK_NOFOLLOW);
			close(parent);
		}
		next = one->next;
		free(one);
	}
}

int unpack(const struct roots *r, const uint8_t *bytes, size_t size) {
	static struct item i;
	struct stream s = {bytes, bytes + size};
	struct stamp *stamps = NULL;
	int result = fault("files-apply");
	while (!result && s.at < s.end) {
		if (!take_item(&s, &i) || i.r.root >= r->count)
			result = failure("files", "the stream of changed files is damaged");
		else if ((i.parent = open_parent(r->all[i.r.root].fd, i.path, &i.name)) < 0)
			result = i.r.kind == KIND_GONE && (errno == ENOENT || errno == ENOTDIR) ? 0 : failure_errno("files", "cannot reach %s", i.path);
		else {
			result = make(r, &s, &i);
			if (i.r.kind == KIND_DIRECTORY)
				remember(&stamps, &i);
			close(i.parent);
		}
	}
	set_times(r, stamps);
	return result;
}
