/*
 * Pages on demand. CRIU's lazy-pages daemon at the destination asks for pages through a local socket; its driver hands the questions on over
 * TLS, and the driver at the source answers out of the frozen tree, whose memory does not change: a question may be asked again at any time
 * and of any driver. So nothing of the stream is counted or kept; on a new connection all that is unanswered is asked anew.
 */
#ifndef HANDOFF_PAGES_H
#define HANDOFF_PAGES_H

#include <stdint.h>

/* CRIU's `struct page_server_iov`, in the byte order of the machine: a question, and the head of its answer. */
struct page_request {
	uint32_t command;
	uint64_t pages;
	uint64_t address;
	uint64_t process; /* PID in the sandbox at the time of the dump */
};

enum page_command {
	PAGES_GET = 7,
	PAGES_HERE = 6 | 4 << 16, /* `add`, present */
	PAGES_CLOSE = 0x1023,
	PAGES_FORCE_CLOSE = 0x1024,
};

/* An answer may bring fewer pages than asked for, at least one, and never more than this many bytes. */
enum { LARGEST_ANSWER = 4 << 20 };

/* Pages that the daemon asks for around the one that a process waits for: FAULT_LEN of its patch. */
enum { LARGEST_FAULT = 32 << 10 };

#endif
