#define _GNU_SOURCE
#include "dumpdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failure.h"
#include "images.h"

enum { CHUNK = 1 << 20, DIGEST_BYTES = 32 };

static const char manifest_name[] = "manifest.txt", new_manifest[] = "manifest.new";

static int make_all(char *path) {
	for (char *at = strchr(path + 1, '/');; at = strchr(at + 1, '/')) {
		if (at)
			*at = 0;
		if (mkdir(path, 0700) && errno != EEXIST)
			return -1;
		if (!at)
			return 0;
		*at = '/';
	}
}

int dumpdir_open(const char *path) {
	char copy[4096];
	snprintf(copy, sizeof copy, "%s", path);
	int fd = make_all(copy) ? -1 : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? failure_errno("bad-config", "cannot make the dump directory %s", path) : fd;
}

int dumpdir_write(int directory, const char *name, const void *bytes, size_t size) {
	const uint8_t *from = bytes;
	int fd = openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool good = fd >= 0;
	for (size_t done = 0; good && done < size;) {
		ssize_t n = write(fd, from + done, size - done);
		good = n > 0;
		done += good ? (size_t)n : 0;
	}
	good = good && !fsync(fd);
	if (fd >= 0)
		close(fd);
	return good ? 0 : failure_errno("dump", "cannot write %s of the dump", name);
}

static int digest_file(int fd, char digest[DUMP_DIGEST]) {
	static uint8_t chunk[CHUNK];
	uint8_t bytes[DIGEST_BYTES];
	ssize_t n;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_DigestInit_ex(context, EVP_sha256(), NULL);
	while ((n = read(fd, chunk, sizeof chunk)) > 0)
		EVP_DigestUpdate(context, chunk, (size_t)n);
	EVP_DigestFinal_ex(context, bytes, NULL);
	EVP_MD_CTX_free(context);
	for (int i = 0; i < DIGEST_BYTES; i++)
		snprintf(digest + 2 * i, 3, "%02x", bytes[i]);
	return (int)n;
}

static bool belongs(const char *name) {
	return image_name(name) || !strcmp(name, DUMP_FILES) || !strcmp(name, DUMP_LOG) || !strcmp(name, DUMP_STDIO);
}

static int add_file(struct manifest *m, int directory, const char *name) {
	struct stat st;
	struct dump_file *f = &m->files[m->count];
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	int failed = fd < 0 || fstat(fd, &st) || digest_file(fd, f->digest) || fsync(fd);
	if (fd >= 0)
		close(fd);
	if (failed)
		return failure_errno("dump", "cannot read %s of the dump", name);
	snprintf(f->name, sizeof f->name, "%s", name);
	f->size = (uint64_t)st.st_size;
	m->count++;
	return 0;
}

static void allocate(struct manifest *m) {
	m->count = 0;
	if (!m->files)
		m->files = calloc(DUMP_MOST, sizeof *m->files);
	if (!m->files)
		abort();
}

int manifest_make(int directory, struct manifest *m) {
	int result = 0, again = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = again < 0 ? NULL : fdopendir(again);
	if (!d)
		return failure_errno("dump", "cannot read the dump directory");
	allocate(m);
	for (struct dirent *e; !result && (e = readdir(d));)
		if (belongs(e->d_name))
			result = m->count < DUMP_MOST ? add_file(m, directory, e->d_name) : failure("dump", "the dump has more than %d files", DUMP_MOST);
	closedir(d);
	return result ? result : manifest_store(directory, m);
}

int manifest_store(int directory, const struct manifest *m) {
	struct buffer text = {0};
	manifest_print(m, &text);
	int failed = dumpdir_write(directory, new_manifest, buffer_data(&text), buffer_size(&text)) ||
		     renameat(directory, new_manifest, directory, manifest_name) || fsync(directory);
	buffer_free(&text);
	return failed ? failure_errno("dump", "cannot write the manifest of the dump") : 0;
}

void manifest_print(const struct manifest *m, struct buffer *text) {
	for (size_t i = 0; i < m->count; i++)
		buffer_text(text, "%s %llu %s\n", m->files[i].digest, (unsigned long long)m->files[i].size, m->files[i].name);
}

int manifest_parse(struct manifest *m, const char *text, size_t size) {
	char line[DUMP_NAME + 128];
	allocate(m);
	for (const char *end; size && (end = memchr(text, '\n', size)); size -= (size_t)(end + 1 - text), text = end + 1) {
		struct dump_file *f = &m->files[m->count];
		unsigned long long bytes;
		snprintf(line, sizeof line, "%.*s", (int)(end - text), text);
		if (m->count == DUMP_MOST || sscanf(line, "%64s %llu %255s", f->digest, &bytes, f->name) != 3 || !belongs(f->name))
			return failure("dump", "the manifest of the dump is damaged");
		f->size = bytes;
		m->count++;
	}
	return 0;
}

bool manifest_read(int directory, struct manifest *m) {
	struct buffer text = {0};
	bool there = !buffer_file(&text, directory, manifest_name) && !manifest_parse(m, (char *)buffer_data(&text), buffer_size(&text));
	buffer_free(&text);
	return there;
}

bool manifest_verifies(int directory, const struct dump_file *f) {
	char digest[DUMP_DIGEST];
	struct stat st;
	int fd = openat(directory, f->name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool same = !fstat(fd, &st) && (uint64_t)st.st_size == f->size && !digest_file(fd, digest) && !strcmp(digest, f->digest);
	close(fd);
	return same;
}

int manifest_forget(const char *path) {
	int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return errno == ENOENT ? 0 : failure_errno("dump", "cannot open the dump directory %s", path);
	int failed = (unlinkat(directory, manifest_name, 0) && errno != ENOENT) || fsync(directory);
	close(directory);
	return failed ? failure_errno("dump", "cannot remove the manifest of the dump in %s", path) : 0;
}
