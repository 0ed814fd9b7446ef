#define _GNU_SOURCE
#include "walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "failure.h"

enum { PATH_ROOM = 8192, RACY_NS = 20000000 };

struct walker {
	walk_visitor visit;
	void *argument;
	unsigned root;
	dev_t device;
	char path[PATH_ROOM];
};

static int walk_directory(struct walker *w, int directory, size_t length);

static int visit_one(struct walker *w, int directory, const char *name, size_t length) {
	struct entry e = {.root = w->root, .directory = directory, .name = name, .path = w->path};
	size_t more = strlen(name), whole = length ? length + 1 + more : more;
	if (whole + 1 > sizeof w->path)
		return failure("files", "a path below %s is too long", w->path);
	if (length)
		w->path[length] = '/';
	memcpy(w->path + (length ? length + 1 : 0), name, more + 1);
	if (fstatat(directory, name, &e.st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : failure_errno("files", "cannot look at %s", w->path);
	if (e.st.st_dev != w->device && S_ISDIR(e.st.st_mode))
		return 0;
	int result = w->visit(&e, w->argument);
	if (result || !S_ISDIR(e.st.st_mode))
		return result;
	int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : failure_errno("files", "cannot open %s", w->path);
	return walk_directory(w, fd, whole);
}

/* Takes over `directory`. */
static int walk_directory(struct walker *w, int directory, size_t length) {
	DIR *d = fdopendir(directory);
	int result = 0;
	if (!d)
		return failure_errno("files", "cannot read %s", w->path);
	for (struct dirent *e; !result && (e = readdir(d));) {
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			result = visit_one(w, directory, e->d_name, length);
		w->path[length] = 0;
	}
	closedir(d);
	return result;
}

int walk(int directory, unsigned root, walk_visitor visit, void *argument) {
	struct walker w = {.visit = visit, .argument = argument, .root = root};
	struct entry top = {.root = root, .directory = directory, .name = ".", .path = "."};
	int again = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (again < 0 || fstat(again, &top.st))
		return failure_errno("files", "cannot read a directory of the service");
	w.device = top.st.st_dev;
	int result = visit(&top, argument);
	if (!result)
		return walk_directory(&w, again, 0);
	close(again);
	return result;
}

static void write_path(FILE *out, const char *path) {
	for (; *path; path++) {
		unsigned char c = (unsigned char)*path;
		if (c == '\\')
			fputs("\\\\", out);
		else if (c < 0x20 || c == 0x7f)
			fprintf(out, "\\%03o", c);
		else
			putc(c, out);
	}
	putc('\n', out);
}

struct snapshot {
	FILE *out;
	struct timespec began;
};

/* Changed so lately that a further change could get the same time stamp: written as never seen, so it counts as changed. */
static int racy(const struct snapshot *s, const struct timespec *changed) {
	long long age = (s->began.tv_sec - changed->tv_sec) * 1000000000LL + (s->began.tv_nsec - changed->tv_nsec);
	return age < RACY_NS;
}

static int write_entry(const struct entry *e, void *argument) {
	const struct snapshot *s = argument;
	struct timespec changed = racy(s, &e->st.st_ctim) ? (struct timespec){0, 0} : e->st.st_ctim;
	fprintf(s->out, "%u %llu %lld.%09ld %lld.%09ld %lld %o\t", e->root, (unsigned long long)e->st.st_ino, (long long)changed.tv_sec,
		changed.tv_nsec, (long long)e->st.st_mtim.tv_sec, e->st.st_mtim.tv_nsec, (long long)e->st.st_size, e->st.st_mode);
	write_path(s->out, e->path);
	return 0;
}

int snapshot_write(int count, char *const *directories, FILE *out) {
	struct snapshot s = {.out = out};
	for (int i = 0; i < count; i++) {
		int fd = open(directories[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			return failure_errno("files", "cannot open %s", directories[i]);
		syncfs(fd);
		clock_gettime(CLOCK_REALTIME, &s.began);
		int result = walk(fd, (unsigned)i, write_entry, &s);
		close(fd);
		if (result)
			return result;
	}
	return fflush(out) || ferror(out) ? failure_errno("files", "cannot write the snapshot") : 0;
}
