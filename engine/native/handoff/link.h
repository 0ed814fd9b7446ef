/* One TLS connection to the peer's driver, carrying frames. */
#ifndef HANDOFF_LINK_H
#define HANDOFF_LINK_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "loop.h"
#include "wire.h"

enum link_state { LINK_DOWN, LINK_CONNECTING, LINK_HANDSHAKE, LINK_UP };

struct link {
	const char *name, *peer_uri;
	uint32_t epoch;
	enum link_state state;
	struct watch watch;
	SSL *ssl;
	struct buffer in, out;
	bool paused; /* do not read */
	bool delivering; /* a frame, whose callback runs */
	void *owner;
	void (*up)(struct link *l);
	void (*frame)(struct link *l, enum frame type, uint32_t epoch, const uint8_t *payload, size_t size);
	void (*down)(struct link *l);
	void (*drained)(struct link *l); /* may be NULL: output buffer fell below its mark */
	/* source: where to connect, again and again */
	const char *address;
	double retry_ms;
	struct timer retry;
};

/* Output waiting beyond this: producers of bulk data pause. */
enum { LINK_OUTPUT_MARK = 1 << 20 };

/* Connects to host:port, now and whenever the connection is lost. */
void link_connect(struct link *l, const char *address);
/* Takes over an accepted socket. */
void link_accept(struct link *l, int fd);
void link_send(struct link *l, enum frame type, const void *payload, size_t size);
/* The same, the payload in two parts. */
void link_send2(struct link *l, enum frame type, const void *head, size_t head_size, const void *body, size_t size);
/* Has the peer's kernel all that was sent? */
bool link_delivered(const struct link *l);
void link_pause(struct link *l, bool paused);
/* Ends the connection; a connecting link tries again unless `stop`. */
void link_close(struct link *l, bool stop);
/* Listens on host:port; the descriptor, or -1. */
int link_listen(const char *address);

#endif
