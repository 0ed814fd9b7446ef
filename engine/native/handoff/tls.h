#ifndef HANDOFF_TLS_H
#define HANDOFF_TLS_H

#include <openssl/ssl.h>
#include <stdbool.h>

#include "config.h"

/* TLS 1.3 with certificates on both sides, the peer's signed by `peerca`. */
int tls_open(const struct config *c, enum role role);
/* A session on a connected, non-blocking socket. */
SSL *tls_session(int fd);
/* After the handshake: does the peer's certificate carry the URI that the ticket names? */
bool tls_peer_is(SSL *ssl, const char *uri);
const char *tls_error(void);

#endif
