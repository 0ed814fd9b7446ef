#define _GNU_SOURCE
#include "remaps.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "failure.h"

static const char remap[] = "link_remap.", gone[] = " (deleted)";

static bool is_ours(int directory, const char *name, const struct stat *held) {
	struct stat st;
	return !strncmp(name, remap, sizeof remap - 1) && !fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) && st.st_ino == held->st_ino &&
	       st.st_dev == held->st_dev;
}

/* `path` is the application's word: it is followed inside the sandbox's root only. */
static void clean(int root, char *path, const struct stat *held) {
	struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
	char *slash = strrchr(path, '/');
	*slash = 0;
	int fd = syscall(SYS_openat2, root, *path ? path : "/", &how, sizeof how);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	for (struct dirent *e; d && (e = readdir(d));)
		if (is_ours(fd, e->d_name, held) && unlinkat(fd, e->d_name, 0))
			log_line("CRIU's %s stays in %s", e->d_name, path);
	if (d)
		closedir(d);
	else if (fd >= 0)
		close(fd);
}

/* Did this descriptor or mapping lose its name, while the file has another? */
static bool lost_its_name(int directory, const char *entry, char *path, struct stat *st) {
	ssize_t n = readlinkat(directory, entry, path, PATH_MAX - 1), end = (ssize_t)sizeof gone - 1;
	path[n > 0 ? n : 0] = 0;
	if (n <= end || *path != '/' || strcmp(path + n - end, gone) || fstatat(directory, entry, st, 0) || !st->st_nlink)
		return false;
	path[n - end] = 0;
	return true;
}

static void look_through(int root, pid_t pid, const char *kind) {
	char directory[64], path[PATH_MAX];
	struct stat st;
	snprintf(directory, sizeof directory, "/proc/%d/%s", pid, kind);
	DIR *d = opendir(directory);
	for (struct dirent *e; d && (e = readdir(d));)
		if (*e->d_name != '.' && lost_its_name(dirfd(d), e->d_name, path, &st))
			clean(root, path, &st);
	if (d)
		closedir(d);
}

void remaps_remove(pid_t sandbox, const pid_t *pids, ssize_t count) {
	char path[40];
	snprintf(path, sizeof path, "/proc/%d/root", sandbox);
	int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (ssize_t i = 0; root >= 0 && i < count; i++) {
		look_through(root, pids[i], "fd");
		look_through(root, pids[i], "map_files");
	}
	if (root >= 0)
		close(root);
}
