#define _GNU_SOURCE
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "buffer.h"
#include "failure.h"
#include "fault.h"
#include "json.h"

enum { CHUNK = 4096 };

static const char *const names[STATES] = {"absent",  "running", "armedS", "frozen", "handedOff", "owing",
					  "relaying", "retired", "armedD", "gated",  "waiting",   "discarded"};

static int file = -1;
static bool torn; /* the last line has no end, and could not be taken back */
static uint32_t own_epoch, newest;
static enum state current = ABSENT;
static char migration_id[128], peer_name[256];
static struct buffer unread;
static off_t looked_up_to;

const char *state_name(enum state state) { return state < STATES ? names[state] : "?"; }

enum state state_from(const char *name) {
	for (int i = 0; i < STATES; i++)
		if (!strcmp(names[i], name))
			return (enum state)i;
	return STATES;
}

/* A torn line may have got an end, or another record behind it: neither ever had an effect. */
static bool whole(const char *line) {
	size_t size = strlen(line);
	return size > 1 && *line == '{' && line[size - 1] == '}' && !strstr(line + 1, "{\"epoch\":");
}

static enum state parse(const char *line, uint32_t *epoch) {
	unsigned long long number;
	char name[32];
	if (!whole(line) || !json_number(line, "epoch", &number) || !json_string(line, "state", name, sizeof name))
		return STATES;
	*epoch = (uint32_t)number;
	return state_from(name);
}

/* Engine and driver may decide at the same time: what was written first stands. An epoch that was discarded is over, one that runs may only wait for pages. */
static bool counts(enum state before, enum state next) {
	if (before == RUNNING || before == WAITING)
		return next == RUNNING || next == WAITING;
	return before != DISCARDED;
}

static void take_line(const char *line) {
	uint32_t epoch;
	enum state state = parse(line, &epoch);
	if (state == STATES)
		return;
	if (epoch > newest)
		newest = epoch;
	if (epoch == own_epoch && counts(current, state))
		current = state;
}

/* What others and this driver have appended since the last look; an end without a line break may still grow. */
static int look(void) {
	ssize_t n;
	while ((n = pread(file, buffer_room(&unread, CHUNK), CHUNK, looked_up_to)) > 0) {
		looked_up_to += n;
		buffer_grew(&unread, (size_t)n);
	}
	for (char *end; buffer_size(&unread) && (end = memchr(buffer_data(&unread), '\n', buffer_size(&unread)));) {
		*end = 0;
		take_line((char *)buffer_data(&unread));
		buffer_consume(&unread, (size_t)(end + 1 - (char *)buffer_data(&unread)));
	}
	return n < 0 ? -1 : 0;
}

int journal_open(const char *path, uint32_t epoch, const char *migration, const char *peer) {
	own_epoch = epoch;
	snprintf(migration_id, sizeof migration_id, "%s", migration);
	snprintf(peer_name, sizeof peer_name, "%s", peer);
	file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (file < 0 || look())
		return failure_errno("journal", "cannot read the journal %s", path);
	if (buffer_size(&unread) && write(file, "\n", 1) != 1) /* ends a torn line, so that ours starts clean */
		return failure_errno("journal", "cannot write the journal %s", path);
	if (newest > epoch)
		return failure("stale-epoch", "the journal knows epoch %u, this ticket is of epoch %u; start a new migration", newest, epoch);
	return 0;
}

enum state journal_state(void) { return current; }

bool journal_superseded(void) { return !look() && (newest > own_epoch || current == RETIRED); }

/* Only when it is still the end: the engine appends to the same file. */
static void take_back(ssize_t written) {
	struct stat st;
	off_t end = lseek(file, 0, SEEK_CUR);
	torn = written > 0 && (fstat(file, &st) || end != st.st_size || ftruncate(file, end - written));
}

static int append(const struct buffer *line, enum durability durability) {
	ssize_t size = (ssize_t)buffer_size(line);
	if (torn && write(file, "\n", 1) != 1)
		return -1;
	ssize_t written = write(file, buffer_data(line), (size_t)size);
	if (written == size && (durability == WRITTEN || !fdatasync(file))) {
		torn = false;
		return 0;
	}
	int why = written >= 0 && written < size ? ENOSPC : errno;
	take_back(written);
	errno = why;
	return -1;
}

/* The record stands, whatever a test does here. */
static void written(enum state state) {
	char what[40];
	snprintf(what, sizeof what, "%s-written", state_name(state));
	fault_at("journal", what);
}

int journal_write(enum state state, enum durability durability) {
	struct buffer line = {0};
	struct timespec now;
	struct tm utc;
	char stamp[32];
	if (fault_at("journal", state_name(state)))
		return -1;
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
	buffer_text(&line, "{\"epoch\":%u,\"state\":\"%s\",\"migration\":", own_epoch, state_name(state));
	json_quote(&line, migration_id);
	buffer_text(&line, ",\"peer\":");
	json_quote(&line, peer_name);
	buffer_text(&line, ",\"at\":\"%s.%09ldZ\"}\n", stamp, now.tv_nsec);
	int failed = append(&line, durability);
	buffer_free(&line);
	if (failed)
		return failure_errno("journal", "cannot write the state %s to the journal", state_name(state));
	if (look())
		return failure_errno("journal", "cannot read what became of the state %s in the journal", state_name(state));
	if (current != state)
		return failure("decided", "%s comes too late: the journal says %s", state_name(state), state_name(current));
	log_line("journal: %s", state_name(state));
	written(state);
	return 0;
}

static void *sync_file(void *unused) {
	(void)unused;
	if (fdatasync(file))
		log_line("the journal may not survive a loss of power");
	return NULL;
}

/* In a thread: the loop serves pages that processes wait for. */
void journal_sync(void) {
	pthread_t thread;
	if (pthread_create(&thread, NULL, sync_file, NULL))
		sync_file(NULL);
	else
		pthread_detach(thread);
}
