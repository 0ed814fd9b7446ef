#define _GNU_SOURCE
#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "failure.h"
#include "fault.h"
#include "tls.h"

enum { READ_SIZE = 256 << 10, SOCKET_BUFFER = 4 << 20, FIRST_RETRY_MS = 50, LONGEST_RETRY_MS = 1000, DEAD_PEER_MS = 10000, SPLIT_MAX = 256, TLS_RECORD = 16 << 10, PORT_WAIT_MS = 10000, PORT_RETRY_US = 20000, TURN_MS = 1 };

static void start_connect(void *argument);
static void advance(void *argument, short events);

static void options(int fd) {
	int one = 1, size = SOCKET_BUFFER, dead = DEAD_PEER_MS, idle = 2, interval = 2;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	/* a peer that vanished without a word is noticed: in doubt we must ask again on a new connection */
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &dead, sizeof dead);
}

/* "host:port" and "[v6]:port". */
static struct addrinfo *resolve(const char *address, bool passive) {
	char host[SPLIT_MAX];
	struct addrinfo wish = {.ai_socktype = SOCK_STREAM, .ai_flags = passive ? AI_PASSIVE : 0}, *found = NULL;
	const char *colon = strrchr(address, ':');
	if (!colon || (size_t)(colon - address) >= sizeof host)
		return NULL;
	size_t length = (size_t)(colon - address), skip = address[0] == '[';
	snprintf(host, sizeof host, "%.*s", (int)(length - 2 * skip), address + skip);
	if (getaddrinfo(*host ? host : NULL, colon + 1, &wish, &found))
		return NULL;
	return found;
}

/* The driver of an earlier arrival, which lingers for late questions, may still have the port. */
static int bind_when_free(int fd, const struct addrinfo *a) {
	for (double end = boot_ms() + PORT_WAIT_MS;; usleep(PORT_RETRY_US))
		if (!bind(fd, a->ai_addr, a->ai_addrlen))
			return 0;
		else if (errno != EADDRINUSE || boot_ms() > end)
			return -1;
}

int link_listen(const char *address) {
	int one = 1;
	struct addrinfo *a = resolve(address, true);
	if (!a)
		return failure("bad-config", "listen=%s is not host:port", address);
	int fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	int failed = fd < 0 || bind_when_free(fd, a) || listen(fd, 8);
	freeaddrinfo(a);
	return failed ? failure_errno("listen", "cannot listen on %s", address) : fd;
}

static void schedule_retry(struct link *l) {
	l->retry.expired = start_connect;
	l->retry.argument = l;
	timer_start(&l->retry, l->retry_ms);
	l->retry_ms = l->retry_ms * 2 > LONGEST_RETRY_MS ? LONGEST_RETRY_MS : l->retry_ms * 2;
}

static void lose(struct link *l, const char *why) {
	bool was_up = l->state == LINK_UP;
	if (was_up || l->retry_ms <= FIRST_RETRY_MS)
		log_line("%s connection lost: %s", l->name, why);
	link_close(l, false);
	if (was_up && l->down)
		l->down(l);
}

void link_close(struct link *l, bool stop) {
	loop_unwatch(&l->watch);
	if (l->ssl)
		SSL_free(l->ssl);
	l->ssl = NULL;
	if (l->watch.fd > 0)
		close(l->watch.fd);
	l->watch.fd = -1;
	l->state = LINK_DOWN;
	l->paused = false;
	buffer_free(&l->in);
	buffer_free(&l->out);
	timer_stop(&l->retry);
	if (l->address && !stop)
		schedule_retry(l);
}

static void start_handshake(struct link *l) {
	l->state = LINK_HANDSHAKE;
	l->ssl = tls_session(l->watch.fd);
	advance(l, 0);
}

static void start_connect(void *argument) {
	struct link *l = argument;
	struct addrinfo *a = resolve(l->address, false);
	if (!a) {
		schedule_retry(l);
		return;
	}
	l->watch = (struct watch){.ready = advance, .argument = l, .events = POLLOUT};
	l->watch.fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	options(l->watch.fd);
	l->state = LINK_CONNECTING;
	int failed = connect(l->watch.fd, a->ai_addr, a->ai_addrlen) && errno != EINPROGRESS;
	freeaddrinfo(a);
	if (failed) {
		lose(l, strerror(errno));
		return;
	}
	loop_watch(&l->watch);
}

void link_connect(struct link *l, const char *address) {
	l->address = address;
	l->retry_ms = FIRST_RETRY_MS;
	start_connect(l);
}

void link_accept(struct link *l, int fd) {
	options(fd);
	l->watch = (struct watch){.fd = fd, .ready = advance, .argument = l, .events = POLLIN};
	loop_watch(&l->watch);
	start_handshake(l);
}

static void connected(struct link *l) {
	int error = 0;
	socklen_t size = sizeof error;
	getsockopt(l->watch.fd, SOL_SOCKET, SO_ERROR, &error, &size);
	if (error)
		lose(l, strerror(error));
	else
		start_handshake(l);
}

static void set_events(struct link *l, bool want_write) {
	l->watch.events = (short)((l->paused ? 0 : POLLIN) | (want_write ? POLLOUT : 0));
}

static void handshake(struct link *l) {
	int result = SSL_do_handshake(l->ssl);
	if (result == 1) {
		if (!tls_peer_is(l->ssl, l->peer_uri)) {
			log_line("%s connection refused: the peer's certificate does not carry %s", l->name, l->peer_uri);
			lose(l, "wrong peer");
			return;
		}
		l->state = LINK_UP;
		l->retry_ms = FIRST_RETRY_MS;
		set_events(l, false);
		l->up(l);
		return;
	}
	int error = SSL_get_error(l->ssl, result);
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
		l->watch.events = error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
	else
		lose(l, tls_error());
}

/* OpenSSL writes record by record, 16 KiB each: corked, they leave in segments as large as the path takes. */
static void cork(const struct link *l, int corked) { setsockopt(l->watch.fd, IPPROTO_TCP, TCP_CORK, &corked, sizeof corked); }

static bool flush(struct link *l) {
	bool large = buffer_size(&l->out) > TLS_RECORD;
	if (large)
		cork(l, 1);
	while (buffer_size(&l->out)) {
		size_t written = 0;
		size_t size = buffer_size(&l->out);
		if (!SSL_write_ex(l->ssl, buffer_data(&l->out), size, &written)) {
			int error = SSL_get_error(l->ssl, 0);
			if (error == SSL_ERROR_WANT_WRITE || error == SSL_ERROR_WANT_READ)
				break;
			lose(l, tls_error());
			return false;
		}
		buffer_consume(&l->out, written);
	}
	if (large)
		cork(l, 0);
	set_events(l, buffer_size(&l->out) > 0);
	return true;
}

static bool deliver(struct link *l) {
	while (l->state == LINK_UP && !l->paused && buffer_size(&l->in) >= FRAME_HEADER) {
		const uint8_t *at = buffer_data(&l->in);
		uint32_t size = get32(at + 5);
		if (size > LARGEST_FRAME) {
			lose(l, "oversized frame");
			return false;
		}
		if (buffer_size(&l->in) < FRAME_HEADER + size) {
			buffer_room(&l->in, FRAME_HEADER + size - buffer_size(&l->in));
			return true;
		}
		/* the callback may close the link, which frees the buffer: keep the frame apart until it returns (it never runs the loop) */
		struct buffer whole = l->in;
		l->in = (struct buffer){0};
		l->delivering = true;
		if (!fault_at("heard", frame_name(at[0])))
			l->frame(l, at[0], get32(at + 1), at + FRAME_HEADER, size);
		fault_at("took", frame_name(at[0]));
		l->delivering = false;
		buffer_consume(&whole, FRAME_HEADER + size);
		if (l->state != LINK_UP) {
			buffer_free(&whole);
			return false;
		}
		l->in = whole;
	}
	return l->state == LINK_UP;
}

/* Not for long: as long as each frame brings an answer and each answer the next question, the rest of the loop would wait. */
static void receive(struct link *l) {
	double end = mono_ms() + TURN_MS;
	do {
		size_t n = 0;
		if (!SSL_read_ex(l->ssl, buffer_room(&l->in, READ_SIZE), READ_SIZE, &n)) {
			int error = SSL_get_error(l->ssl, 0);
			if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
				break;
			lose(l, tls_error());
			return;
		}
		buffer_grew(&l->in, n);
		if (!deliver(l))
			return;
	} while (l->state == LINK_UP && !l->paused && mono_ms() < end);
}

static void advance(void *argument, short events) {
	struct link *l = argument;
	if (l->state == LINK_CONNECTING)
		connected(l);
	else if (l->state == LINK_HANDSHAKE)
		handshake(l);
	else if (l->state == LINK_UP) {
		if (events & POLLOUT) {
			if (!flush(l))
				return;
			if (l->drained && buffer_size(&l->out) < LINK_OUTPUT_MARK)
				l->drained(l);
		}
		if (l->state == LINK_UP && events & (POLLIN | POLLHUP | POLLERR))
			receive(l);
	}
}

void link_send2(struct link *l, enum frame type, const void *head, size_t head_size, const void *body, size_t size) {
	uint8_t header[FRAME_HEADER] = {(uint8_t)type};
	if (l->state != LINK_UP || fault_at("send", frame_name(type)))
		return;
	put32(header + 1, l->epoch);
	put32(header + 5, (uint32_t)(head_size + size));
	buffer_add(&l->out, header, sizeof header);
	buffer_add(&l->out, head, head_size);
	buffer_add(&l->out, body, size);
	flush(l);
	fault_at("sent", frame_name(type));
}

void link_send(struct link *l, enum frame type, const void *payload, size_t size) { link_send2(l, type, payload, size, "", 0); }

bool link_delivered(const struct link *l) {
	int waiting = 1;
	return l->state == LINK_UP && !buffer_size(&l->out) && !ioctl(l->watch.fd, SIOCOUTQ, &waiting) && !waiting;
}

void link_pause(struct link *l, bool paused) {
	if (l->state != LINK_UP || l->paused == paused)
		return;
	l->paused = paused;
	set_events(l, buffer_size(&l->out) > 0);
	/* what OpenSSL or we already hold will not make the socket readable again; in the middle of a frame it is looked at afterwards anyway */
	if (!paused && !l->delivering && deliver(l))
		receive(l);
}
