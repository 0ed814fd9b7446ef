#define _GNU_SOURCE
#include "applog.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failure.h"
#include "wire.h"

enum { CHUNK = 1 << 16 };

static uint64_t base;
static ino_t inode;

/* SHA-256 of the first `size` bytes; all of them when size is larger. Returns how many there were. */
static uint64_t digest_prefix(const char *path, uint64_t size, uint8_t digest[APPLOG_DIGEST]) {
	static uint8_t chunk[CHUNK];
	uint64_t done = 0;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_DigestInit_ex(context, EVP_sha256(), NULL);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && done < size) {
		ssize_t n = read(fd, chunk, size - done < sizeof chunk ? (size_t)(size - done) : sizeof chunk);
		if (n <= 0)
			break;
		EVP_DigestUpdate(context, chunk, (size_t)n);
		done += (uint64_t)n;
	}
	if (fd >= 0)
		close(fd);
	EVP_DigestFinal_ex(context, digest, NULL);
	EVP_MD_CTX_free(context);
	return done;
}

void applog_summary(const char *path, uint8_t summary[APPLOG_SUMMARY]) {
	memset(summary, 0, APPLOG_SUMMARY);
	if (path)
		put64(summary, digest_prefix(path, UINT64_MAX, summary + 8));
}

void applog_begin(const char *path, const uint8_t summary[APPLOG_SUMMARY]) {
	uint8_t own[APPLOG_DIGEST];
	struct stat st;
	uint64_t theirs = get64(summary);
	base = 0;
	inode = path && !stat(path, &st) ? st.st_ino : 0;
	if (path && digest_prefix(path, theirs, own) == theirs && !memcmp(own, summary + 8, sizeof own))
		base = theirs;
}

int applog_take(const char *path, struct buffer *b) {
	struct stat st;
	uint8_t offset[8];
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0)
		return 0;
	if (fstat(fd, &st) || st.st_ino != inode || (uint64_t)st.st_size < base) {
		base = 0; /* rotated meanwhile: the peer gets the new file whole */
		inode = st.st_ino;
	}
	uint64_t left = (uint64_t)st.st_size - base;
	put64(offset, base);
	if (left)
		buffer_add(b, offset, sizeof offset);
	while (left) {
		ssize_t n = pread(fd, buffer_room(b, left), left, (off_t)base);
		if (n <= 0) {
			close(fd);
			return failure_errno("log", "cannot read %s", path);
		}
		buffer_grew(b, (size_t)n);
		base += (uint64_t)n;
		left -= (uint64_t)n;
	}
	close(fd);
	return 0;
}

int applog_put(const char *path, const uint8_t *payload, size_t size) {
	if (!path || size < 8)
		return 0;
	off_t at = (off_t)get64(payload);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
	int failed = fd < 0 || ftruncate(fd, at) || pwrite(fd, payload + 8, size - 8, at) != (ssize_t)(size - 8);
	if (fd >= 0)
		close(fd);
	return failed ? failure_errno("log", "cannot write %s", path) : 0;
}
