/* Frames between the drivers: u8 type, u32 epoch, u32 length, payload; network byte order. */
#ifndef HANDOFF_WIRE_H
#define HANDOFF_WIRE_H

#include <stdint.h>

enum frame {
	FRAME_HELLO = 1,  /* source, first on each connection: u8 channel, migration id */
	FRAME_READY,      /* destination's answer: u8 state; on the control connection also u64 size of its app.log, SHA-256 of it */
	FRAME_IMAGES,     /* u32 count, { u16 name length, u32 size, name, bytes } */
	FRAME_FILES,      /* what changed and what is gone: see pack.h */
	FRAME_LOG,        /* u64 offset, bytes: app.log from there on */
	FRAME_RESTORE,    /* restore now */
	FRAME_RESTORED,   /* u32 microseconds from RESTORE to gated */
	FRAME_COMMIT,
	FRAME_ACK,
	FRAME_ABORT,
	FRAME_DISCARDED,  /* text: why */
	FRAME_PAGES_DONE,
	FRAME_DUMP_BEGIN, /* manifest: text lines `<sha256> <size> <name>` */
	FRAME_DUMP_DATA,  /* u32 index in the manifest, u64 offset, bytes */
	FRAME_DUMP_END,   /* all sent; answered with DUMP_END when verified and on disk, or with DISCARDED */
	FRAME_DUMP_HAVE,  /* destination: u32 count, then u32 indices of files that it has already */
	FRAME_DUMP_REFUSED, /* destination: text, why it could not store the dump */
	FRAME_PAGES,      /* destination: questions; source: one answer, the pages behind its head. See pages.h */
	FRAME_RESTORING,  /* destination: text, a step that it passed with its time, for the timeline */
	FRAME_PAGES_AHEAD,  /* source: the head of an answer and its pages, as they were while the service ran */
	FRAME_PAGES_PUSHED, /* the same, as they are since the freeze */
	FRAME_PAGES_SAME,   /* source: heads of answers, whose pages are still as they were sent ahead */
	FRAME_PAGES_SETTLED, /* source: nothing more comes unasked */
};

/* As docs and tags of faults call it. */
static inline const char *frame_name(uint8_t type) {
	static const char *const names[] = {"?",     "HELLO",      "READY",     "IMAGES",   "FILES",     "LOG",         "RESTORE",    "RESTORED",     "COMMIT",     "ACK",        "ABORT",        "DISCARDED",
					    "PAGES_DONE", "DUMP_BEGIN", "DUMP_DATA", "DUMP_END", "DUMP_HAVE", "DUMP_REFUSED", "PAGES", "RESTORING", "PAGES_AHEAD", "PAGES_PUSHED", "PAGES_SAME", "PAGES_SETTLED"};
	return names[type < sizeof names / sizeof *names ? type : 0];
}

enum channel { CHANNEL_CONTROL = 1, CHANNEL_PAGES = 2 };

enum { FRAME_HEADER = 9, LARGEST_FRAME = 1 << 30 };

static inline void put32(uint8_t *at, uint32_t v) {
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(v >> (24 - 8 * i));
}

static inline void put64(uint8_t *at, uint64_t v) {
	put32(at, (uint32_t)(v >> 32));
	put32(at + 4, (uint32_t)v);
}

static inline uint32_t get32(const uint8_t *at) {
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline uint64_t get64(const uint8_t *at) { return (uint64_t)get32(at) << 32 | get32(at + 4); }

#endif
