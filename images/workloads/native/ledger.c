/*
 * ledger FILE MEGABYTES [NAME]
 *
 * Tells the truth about itself. TCP 8080, a byte per question, a line per answer:
 * 'w' appends a line `<number> <incarnation>` to FILE, has it on disk (fsync), then answers "W <incarnation> <sequence> <now> <number>".
 * 'i' answers "I <incarnation> <sequence> <now> <number>": nothing is written.
 * 'm' looks at all of its memory first and answers "M <incarnation> <sequence> <now> <number> <zero pages> <wrong pages>".
 * Incarnation: random, born in memory when the program starts. Sequence: counts answers, in memory; two answers with the same one come from
 * two copies, or from memory that went back. Now: CLOCK_REALTIME, ns. Number: that of the last line. Every answer changes one page of the
 * memory, so that a page that is older than the rest is seen as well as one of zeros. NAME only tells services apart in a list of processes.
 */
#define _GNU_SOURCE
#include "server.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum { WORDS_PER_PAGE = 4096 / sizeof(uint64_t), PAGES_PER_MB = 256 };

static uint64_t incarnation, sequence, number;
static uint64_t *memory;
static size_t pages;
static int ledger;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* Never 0, and another one in each word. */
static uint64_t word_of(size_t index)
{
	return (incarnation ^ index * 0x9e3779b97f4a7c15ULL) | 1;
}

static void fill(size_t megabytes)
{
	pages = megabytes * PAGES_PER_MB;
	memory = aligned_alloc(4096, pages * 4096);
	if (!memory || getrandom(&incarnation, sizeof incarnation, 0) != sizeof incarnation)
		die("memory");
	for (size_t i = 0; i < pages * WORDS_PER_PAGE; i++)
		memory[i] = i % WORDS_PER_PAGE ? word_of(i) : 0;
}

static bool all_zero(const uint64_t *page)
{
	for (size_t i = 0; i < WORDS_PER_PAGE; i++)
		if (page[i])
			return false;
	return true;
}

/* The first word of a page is the last sequence that fell on it. */
static bool page_is_right(size_t page, uint64_t last)
{
	const uint64_t *words = memory + page * WORDS_PER_PAGE;
	const uint64_t back = (last % pages + pages - page) % pages;

	if (words[0] != (back > last ? 0 : last - back))
		return false;
	for (size_t i = 1; i < WORDS_PER_PAGE; i++)
		if (words[i] != word_of(page * WORDS_PER_PAGE + i))
			return false;
	return true;
}

static void look(size_t *zero, size_t *wrong, uint64_t last)
{
	*zero = *wrong = 0;
	for (size_t page = 0; page < pages; page++) {
		if (page_is_right(page, last))
			continue;
		*wrong += 1;
		*zero += all_zero(memory + page * WORDS_PER_PAGE);
	}
}

/* Only what follows the last whole line may be lost in a crash: it was not acknowledged. */
static void read_ledger(const char *path)
{
	char line[64];
	off_t end = 0;
	FILE *file;

	ledger = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	file = fopen(path, "r");
	if (ledger < 0 || !file)
		die(path);
	while (fgets(line, sizeof line, file) && strchr(line, '\n')) {
		number = strtoull(line, NULL, 10);
		end = ftello(file);
	}
	fclose(file);
	if (ftruncate(ledger, end))
		die(path);
}

/* A write that fails is not acknowledged; it leaves nothing behind. */
static bool append(void)
{
	char line[64];
	const int length = snprintf(line, sizeof line, "%" PRIu64 " %016" PRIx64 "\n", number + 1, incarnation);
	const off_t before = lseek(ledger, 0, SEEK_END);
	const ssize_t written = write(ledger, line, length);

	if (written == length && !fsync(ledger)) {
		number += 1;
		return true;
	}
	if (written > 0 && ftruncate(ledger, before))
		die("ledger");
	return false;
}

static void answer(struct client *client, char command)
{
	char text[200];
	size_t zero, wrong;
	struct timespec now;
	int length;

	if (command == 'w' && !append()) {
		client_send(client, "E\n", 2);
		return;
	}
	sequence += 1;
	memory[sequence % pages * WORDS_PER_PAGE] = sequence;
	clock_gettime(CLOCK_REALTIME, &now);
	length = snprintf(text, sizeof text, "%c %016" PRIx64 " %" PRIu64 " %" PRId64 "%09ld %" PRIu64,
			  command == 'w' ? 'W' : command == 'm' ? 'M' : 'I', incarnation, sequence, (int64_t)now.tv_sec, now.tv_nsec, number);
	if (command == 'm') {
		look(&zero, &wrong, sequence);
		length += snprintf(text + length, sizeof text - length, " %zu %zu", zero, wrong);
	}
	text[length++] = '\n';
	client_send(client, text, length);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: ledger FILE MEGABYTES [NAME]\n");
		return 2;
	}
	fill(strtoull(argv[2], NULL, 10));
	read_ledger(argv[1]);
	server_open();
	for (;;)
		server_poll(1000000000, -1, answer);
}
