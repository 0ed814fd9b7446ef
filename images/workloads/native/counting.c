/*
 * counting MEGABYTES TICK_MS [DIRTY_MB_PER_S]
 *
 * Fills memory with pseudo-random numbers, other ones at each start, then prints a number per tick, one after the other, and sends it to subscribers.
 * TCP 8080: 'P' subscribes to the numbers, 'e' is answered with 'e', 'S' with a checksum of the memory.
 * With DIRTY_MB_PER_S it writes to that much of its memory per second: to the first word of each page, which the checksum leaves out.
 */
#define _GNU_SOURCE
#include "server.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum { WORDS_PER_PAGE = 4096 / sizeof(uint64_t), PAGES_PER_MB = 256 };
static const uint64_t ns_per_ms = 1000000, ns_per_s = 1000000000;

static uint64_t *memory;
static size_t pages;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * ns_per_s + now.tv_nsec;
}

static uint64_t seed(void)
{
	uint64_t x = 0;

	/* Of zero the generator would make nothing but zeros. */
	while (!x)
		if (getrandom(&x, sizeof x, 0) != sizeof x) {
			perror("getrandom");
			exit(1);
		}
	return x;
}

static void fill(size_t megabytes)
{
	/* A memory that a fresh start has again would prove nothing to whoever compares. */
	uint64_t x = seed();

	pages = megabytes * PAGES_PER_MB;
	memory = malloc(pages * WORDS_PER_PAGE * sizeof *memory);
	if (!memory) {
		fprintf(stderr, "cannot allocate %zu MB\n", megabytes);
		exit(1);
	}
	for (size_t i = 0; i < pages * WORDS_PER_PAGE; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		memory[i] = x;
	}
}

static uint64_t checksum(void)
{
	uint64_t sum = 0;

	for (size_t page = 0; page < pages; page++)
		for (size_t word = 1; word < WORDS_PER_PAGE; word++)
			sum = sum * 31 + memory[page * WORDS_PER_PAGE + word];
	return sum;
}

static void dirty(size_t count)
{
	static size_t next;

	for (size_t i = 0; i < count && pages; i++)
		memory[(next++ % pages) * WORDS_PER_PAGE]++;
}

static void answer(struct client *client, char command)
{
	char text[64];

	switch (command) {
	case 'P':
		client->subscribed = true;
		break;
	case 'e':
		client_send(client, "e", 1);
		break;
	case 'S':
		client_send(client, text, snprintf(text, sizeof text, "S %016" PRIx64 "\n", checksum()));
		break;
	}
}

static void tell(uint64_t number)
{
	char text[32];
	const int length = snprintf(text, sizeof text, "%" PRIu64 "\n", number);

	if (write(STDOUT_FILENO, text, length) != length)
		exit(1);
	server_publish(text, length);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: counting MEGABYTES TICK_MS [DIRTY_MB_PER_S]\n");
		return 2;
	}
	const uint64_t tick = strtoull(argv[2], NULL, 10) * ns_per_ms;
	const size_t dirty_pages = argc > 3 ? strtoull(argv[3], NULL, 10) * PAGES_PER_MB * tick / ns_per_s : 0;

	server_open();
	fill(strtoull(argv[1], NULL, 10));
	uint64_t next = now_ns() + tick;
	for (uint64_t number = 0;;) {
		const uint64_t now = now_ns();

		if (now < next) {
			server_poll(next - now, -1, answer);
			continue;
		}
		/* After a pause the count goes on from where it was: no burst to catch up, so a gap in time is seen as one. */
		next = now + tick;
		dirty(dirty_pages);
		tell(number++);
	}
}
