#define _GNU_SOURCE
#include "pages_kept.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* An open hash table, half full at most. A page that was taken leaves its entry behind. */
struct entry {
	uint64_t process, address;
	uint8_t *bytes; /* NULL: not kept any more */
	bool used, settled;
};

enum { FIRST_ENTRIES = 1 << 14, CHUNK = 4 << 20, MOST_CHUNKS = 1 << 18 };

static struct entry *entries;
static size_t room, used;
/* Memory of the pages, which goes back to the kernel page by page. */
static uint8_t **chunks;
static size_t chunk_count, chunk_used;

static size_t page_size(void) {
	static size_t size;
	return size ? size : (size = (size_t)sysconf(_SC_PAGESIZE));
}

static struct entry *place(struct entry *table, size_t size, uint64_t process, uint64_t address) {
	uint64_t hash = (address / page_size() + process * 0x10001) * 0x9e3779b97f4a7c15ULL;
	size_t at = (hash >> 20) & (size - 1);
	while (table[at].used && (table[at].process != process || table[at].address != address))
		at = (at + 1) & (size - 1);
	return &table[at];
}

static bool grow(void) {
	size_t larger = room ? 2 * room : FIRST_ENTRIES;
	struct entry *table = calloc(larger, sizeof *table);
	if (!table)
		return false;
	for (size_t i = 0; i < room; i++)
		if (entries[i].used)
			*place(table, larger, entries[i].process, entries[i].address) = entries[i];
	free(entries);
	entries = table;
	room = larger;
	return true;
}

static struct entry *find(uint64_t process, uint64_t address) {
	struct entry *e = room ? place(entries, room, process, address) : NULL;
	return e && e->used && e->bytes ? e : NULL;
}

static uint8_t *new_page(void) {
	if (!chunk_count || chunk_used == CHUNK) {
		if (!chunks && !(chunks = calloc(MOST_CHUNKS, sizeof *chunks)))
			return NULL;
		void *chunk = chunk_count == MOST_CHUNKS ? MAP_FAILED : mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (chunk == MAP_FAILED)
			return NULL;
		chunks[chunk_count++] = chunk;
		chunk_used = 0;
	}
	uint8_t *page = chunks[chunk_count - 1] + chunk_used;
	chunk_used += page_size();
	return page;
}

static bool put(uint64_t process, uint64_t address, const uint8_t *bytes, bool settled) {
	if (2 * (used + 1) > room && !grow())
		return false;
	struct entry *e = place(entries, room, process, address);
	uint8_t *page = e->bytes ? e->bytes : new_page();
	if (!page)
		return false;
	used += !e->used;
	*e = (struct entry){process, address, page, true, settled};
	memcpy(page, bytes, page_size());
	return true;
}

void pages_kept_put(uint64_t process, uint64_t address, size_t pages, const uint8_t *bytes, bool settled) {
	for (size_t i = 0; i < pages; i++) {
		uint64_t at = address + i * page_size();
		if (put(process, at, bytes + i * page_size(), settled))
			continue;
		struct entry *e = find(process, at); /* what is there of it is old */
		if (e)
			e->bytes = NULL;
	}
}

void pages_kept_settle(uint64_t process, uint64_t address, size_t pages) {
	for (size_t i = 0; i < pages; i++) {
		struct entry *e = find(process, address + i * page_size());
		if (e)
			e->settled = true;
	}
}

/* Pages that came in a row lie in a row. */
static void give_back(const uint8_t *from, const uint8_t *to) {
	if (to > from)
		madvise((void *)from, (size_t)(to - from), MADV_DONTNEED);
}

/* Memory to be given back, as long as it lies in a row. */
struct row {
	const uint8_t *from, *end;
};

static void forget(struct entry *e, struct row *row) {
	if (e->bytes != row->end) {
		give_back(row->from, row->end);
		row->from = e->bytes;
	}
	row->end = e->bytes + page_size();
	e->bytes = NULL;
}

size_t pages_kept_take(uint64_t process, uint64_t address, size_t most, struct buffer *to) {
	struct row row = {0};
	size_t taken = 0;
	for (; taken < most; taken++) {
		struct entry *e = find(process, address + taken * page_size());
		if (!e || !e->settled)
			break;
		buffer_add(to, e->bytes, page_size());
		forget(e, &row);
	}
	give_back(row.from, row.end);
	return taken;
}

void pages_kept_drop(uint64_t process, uint64_t address, size_t pages) {
	struct row row = {0};
	for (size_t i = 0; i < pages; i++) {
		struct entry *e = find(process, address + i * page_size());
		if (e)
			forget(e, &row);
	}
	give_back(row.from, row.end);
}

void pages_kept_forget_open(void) {
	for (size_t i = 0; i < room; i++)
		if (entries[i].bytes && !entries[i].settled) {
			give_back(entries[i].bytes, entries[i].bytes + page_size());
			entries[i].bytes = NULL;
		}
}

void pages_kept_free(void) {
	for (size_t i = 0; i < chunk_count; i++)
		munmap(chunks[i], CHUNK);
	free(chunks);
	free(entries);
	chunks = NULL;
	entries = NULL;
	chunk_count = chunk_used = room = used = 0;
}
