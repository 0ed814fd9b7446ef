#define _GNU_SOURCE
#include "roots.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "failure.h"

#ifndef OVERLAYFS_SUPER_MAGIC
#define OVERLAYFS_SUPER_MAGIC 0x794c7630
#endif

static int add(struct roots *r, const char *path, int fd, bool layer, bool in_memory) {
	if (fd < 0)
		return failure_errno("files", "cannot open %s, a directory of the service", path);
	if (r->count == MOST_ROOTS)
		return failure("bad-config", "the service has more than %d directories", MOST_ROOTS);
	r->all[r->count++] = (struct root){.path = path, .fd = fd, .layer = layer, .in_memory = in_memory};
	return 0;
}

/* Symbolic links of the application must not lead out of its root. */
static int open_in_sandbox(pid_t pid, const char *path) {
	char root[40];
	struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
	snprintf(root, sizeof root, "/proc/%d/root", pid);
	int top = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = top < 0 ? -1 : syscall(SYS_openat2, top, path, &how, sizeof how);
	if (top >= 0)
		close(top);
	return fd;
}

static int add_others(struct roots *r, const struct config *c) {
	for (int i = 0; c->volumes[i]; i++)
		if (add(r, c->volumes[i], open(c->volumes[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC), false, false))
			return -1;
	for (int i = 0; c->tmpfs[i]; i++)
		if (add(r, c->tmpfs[i], open_in_sandbox(c->sandboxpid, c->tmpfs[i]), false, true))
			return -1;
	return 0;
}

int roots_for_reading(struct roots *r, const struct config *c) {
	*r = (struct roots){0};
	if (c->upper && add(r, c->upper, open(c->upper, O_RDONLY | O_DIRECTORY | O_CLOEXEC), true, false))
		return -1;
	return add_others(r, c);
}

/* A detached copy of the sandbox's root mount alone. */
static int merged_view(pid_t pid) {
	char path[40];
	struct statfs fs;
	snprintf(path, sizeof path, "/proc/%d/ns/mnt", pid);
	int own = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC), theirs = open(path, O_RDONLY | O_CLOEXEC), fd = -1;
	if (own >= 0 && theirs >= 0 && !setns(theirs, CLONE_NEWNS)) {
		if (!statfs("/", &fs) && fs.f_type == OVERLAYFS_SUPER_MAGIC)
			fd = syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
		if (setns(own, CLONE_NEWNS))
			_exit(125); /* in the application's mounts nothing of ours may go on */
	}
	close(own);
	close(theirs);
	return fd;
}

int roots_for_writing(struct roots *r, const struct config *c) {
	*r = (struct roots){0};
	if (c->upper) {
		int view = merged_view(c->sandboxpid);
		int fd = view >= 0 ? openat(view, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : open(c->upper, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (view >= 0)
			close(view);
		if (add(r, c->upper, fd, view >= 0, false))
			return -1;
	}
	return add_others(r, c);
}
