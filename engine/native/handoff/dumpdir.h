/*
 * The final dump of stop-and-copy: a directory on disk with CRIU's images, the changed files, the tail of app.log, and a manifest that is written
 * last. It survives the death of everything, so every step on it can be repeated.
 */
#ifndef HANDOFF_DUMPDIR_H
#define HANDOFF_DUMPDIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

#define DUMP_FILES "files.pack"
#define DUMP_LOG "app.log.tail"
#define DUMP_STDIO "stdio.txt"

enum { DUMP_NAME = 256, DUMP_DIGEST = 65, DUMP_MOST = 8192 };

struct dump_file {
	char name[DUMP_NAME];
	uint64_t size;
	char digest[DUMP_DIGEST]; /* SHA-256, hex */
};

struct manifest {
	struct dump_file *files;
	size_t count;
};

/* Makes the directory; a descriptor, or -1. */
int dumpdir_open(const char *path);
int dumpdir_write(int directory, const char *name, const void *bytes, size_t size);
/* Digests and fsyncs every file, then writes the manifest. */
int manifest_make(int directory, struct manifest *m);
/* Reads the manifest; false when the dump is not complete. */
bool manifest_read(int directory, struct manifest *m);
/* Text for the peer, and back. */
void manifest_print(const struct manifest *m, struct buffer *text);
int manifest_parse(struct manifest *m, const char *text, size_t size);
/* Is this file here as the manifest says? */
bool manifest_verifies(int directory, const struct dump_file *f);
int manifest_store(int directory, const struct manifest *m);
/* The service runs on: from now on this dump is older than it, and counts as not complete. On disk when it returns. */
int manifest_forget(const char *path);

#endif
