/* The final dump as it arrives: stored, verified, on disk before it is confirmed. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "applog.h"
#include "destination.h"
#include "dumpdir.h"
#include "events.h"
#include "failure.h"
#include "fault.h"

static struct manifest manifest;
static int open_index = -1, open_fd = -1;
static bool have[DUMP_MOST];

static void refuse(void) { destination_tell(FRAME_DUMP_REFUSED, failure_text(), strlen(failure_text())); }

static int close_file(void) {
	int failed = open_fd >= 0 && fsync(open_fd);
	if (open_fd >= 0)
		close(open_fd);
	open_fd = open_index = -1;
	return failed ? failure_errno("dump", "cannot write the dump to disk") : 0;
}

static void begin(const uint8_t *p, size_t size) {
	struct buffer answer = {0};
	uint8_t number[4];
	uint32_t count = 0;
	close_file();
	if (manifest_parse(&manifest, (const char *)p, size)) {
		refuse();
		return;
	}
	buffer_add(&answer, "\0\0\0\0", 4);
	for (uint32_t i = 0; i < manifest.count; i++) {
		have[i] = manifest_verifies(criu_images(), &manifest.files[i]);
		if (!have[i])
			continue;
		put32(number, i);
		buffer_add(&answer, number, sizeof number);
		count++;
	}
	put32(buffer_data(&answer), count);
	destination_tell(FRAME_DUMP_HAVE, buffer_data(&answer), buffer_size(&answer));
	buffer_free(&answer);
}

static int write_chunk(const uint8_t *p, size_t size) {
	uint32_t index = size >= 12 ? get32(p) : DUMP_MOST;
	if (index >= manifest.count)
		return failure("dump", "the peer sends a file that is not in its manifest");
	if ((int)index != open_index) {
		if (close_file())
			return -1;
		open_fd = openat(criu_images(), manifest.files[index].name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		open_index = (int)index;
	}
	if (open_fd < 0 || pwrite(open_fd, p + 12, size - 12, (off_t)get64(p + 4)) != (ssize_t)(size - 12))
		return failure_errno("dump", "cannot write %s of the dump", manifest.files[index].name);
	return 0;
}

static int empty_files(void) {
	for (size_t i = 0; i < manifest.count; i++)
		if (!have[i] && !manifest.files[i].size && dumpdir_write(criu_images(), manifest.files[i].name, "", 0))
			return -1;
	return 0;
}

static int verify(void) {
	if (fault("dump-verify") || close_file() || empty_files())
		return -1;
	for (size_t i = 0; i < manifest.count; i++)
		if (!have[i] && !manifest_verifies(criu_images(), &manifest.files[i]))
			return failure("dump", "%s of the dump did not arrive whole", manifest.files[i].name);
	return manifest_store(criu_images(), &manifest);
}

void destination_dump_frame(enum frame type, const uint8_t *p, size_t size) {
	if (journal_state() != ARMED_D)
		return;
	if (type == FRAME_DUMP_BEGIN)
		begin(p, size);
	else if (type == FRAME_DUMP_DATA && write_chunk(p, size))
		refuse();
	else if (type == FRAME_DUMP_END) {
		if (verify())
			refuse();
		else {
			event("transfer", "stored", ",\"files\":%zu", manifest.count);
			destination_tell(FRAME_DUMP_END, "", 0);
		}
	}
}

int destination_load_dump(void) {
	struct buffer log = {0}, pipes = {0};
	if (!manifest_read(criu_images(), &manifest))
		return failure("no-dump", "the dump is not complete here; transfer it first");
	buffer_clear(&here.changes);
	int failed = buffer_file(&here.changes, criu_images(), DUMP_FILES) || buffer_file(&log, criu_images(), DUMP_LOG) ||
		     buffer_file(&pipes, criu_images(), DUMP_STDIO);
	buffer_add(&pipes, "", 1);
	failed = failed || sscanf((char *)buffer_data(&pipes), "%lu %lu", &here.images.pipes.out, &here.images.pipes.err) != 2 ||
		 (!here.c.owndump && buffer_size(&log) && applog_put(here.c.applog, buffer_data(&log), buffer_size(&log)));
	buffer_free(&log);
	buffer_free(&pipes);
	if (failed)
		return failure("dump", "the dump cannot be read; transfer it again");
	return here.c.lastpid ? lastpid_set(&here.lastpid, images_highest_pid(criu_images())) : 0;
}
