#define _GNU_SOURCE
#include "rpc.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "failure.h"

enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5, LARGEST_MESSAGE = 16384 };
enum { REQUEST_TYPE = 1, REQUEST_OPTIONS = 2, REQUEST_NOTIFY_SUCCESS = 3 };
enum { RESPONSE_TYPE = 1, RESPONSE_SUCCESS = 2, RESPONSE_RESTORE = 4, RESPONSE_NOTIFY = 5, RESPONSE_ERROR = 9 };

static void varint(struct buffer *b, uint64_t v) {
	do {
		uint8_t byte = (uint8_t)((v & 127) | (v > 127 ? 128 : 0));
		buffer_add(b, &byte, 1);
		v >>= 7;
	} while (v);
}

static void bytes(struct buffer *b, unsigned field, const void *data, size_t size) {
	varint(b, field << 3 | BYTES);
	varint(b, size);
	buffer_add(b, data, size);
}

void rpc_number(struct buffer *b, unsigned field, uint64_t value) {
	varint(b, field << 3 | VARINT);
	varint(b, value);
}

void rpc_text(struct buffer *b, unsigned field, const char *value) { bytes(b, field, value, strlen(value)); }

void rpc_inherit(struct buffer *b, int fd, const char *key) {
	struct buffer entry = {0};
	rpc_text(&entry, 1, key);
	rpc_number(&entry, 2, (uint64_t)fd);
	bytes(b, OPTION_INHERIT_FD, buffer_data(&entry), buffer_size(&entry));
	buffer_free(&entry);
}

static int send_request(int socket, struct buffer *b) {
	ssize_t size = (ssize_t)buffer_size(b);
	int failed = send(socket, buffer_data(b), (size_t)size, MSG_NOSIGNAL) != size;
	buffer_free(b);
	return failed ? failure_errno("criu", "cannot talk to CRIU") : 0;
}

int rpc_request(int socket, enum rpc_type type, const struct buffer *options) {
	struct buffer b = {0};
	rpc_number(&b, REQUEST_TYPE, type);
	bytes(&b, REQUEST_OPTIONS, buffer_data(options), buffer_size(options));
	return send_request(socket, &b);
}

int rpc_acknowledge(int socket) {
	struct buffer b = {0};
	rpc_number(&b, REQUEST_TYPE, RPC_NOTIFY);
	rpc_number(&b, REQUEST_NOTIFY_SUCCESS, 1);
	return send_request(socket, &b);
}

struct cursor {
	const uint8_t *at, *end;
};

static uint64_t read_varint(struct cursor *c) {
	uint64_t v = 0;
	for (int shift = 0; c->at < c->end && shift < 64; shift += 7) {
		uint8_t byte = *c->at++;
		v |= (uint64_t)(byte & 127) << shift;
		if (!(byte & 128))
			break;
	}
	return v;
}

/* One field: numbers in `number`, bytes in `inner`. False at the end. */
static bool next_field(struct cursor *c, unsigned *field, uint64_t *number, struct cursor *inner) {
	if (c->at >= c->end)
		return false;
	uint64_t key = read_varint(c);
	size_t left = (size_t)(c->end - c->at);
	*field = (unsigned)(key >> 3);
	*number = 0;
	*inner = (struct cursor){c->at, c->at};
	switch (key & 7) {
	case VARINT:
		*number = read_varint(c);
		return true;
	case BYTES: {
		uint64_t size = read_varint(c);
		left = (size_t)(c->end - c->at);
		*inner = (struct cursor){c->at, c->at + (size < left ? size : left)};
		c->at = inner->end;
		return true;
	}
	case FIXED32:
	case FIXED64: {
		size_t size = (key & 7) == FIXED32 ? 4 : 8;
		c->at += size < left ? size : left;
		return true;
	}
	default:
		return false;
	}
}

static void copy_text(char *to, size_t room, const struct cursor *from) {
	snprintf(to, room, "%.*s", (int)(from->end - from->at), (const char *)from->at);
}

/* The same field numbers serve a notification {script, pid} and a restore answer {pid}. */
static void parse_inner(struct cursor c, struct rpc_message *m, bool notification) {
	struct cursor inner;
	unsigned field;
	uint64_t number;
	while (next_field(&c, &field, &number, &inner)) {
		if (notification && field == 1)
			copy_text(m->script, sizeof m->script, &inner);
		else if (field == (notification ? 2u : 1u))
			m->pid = (int)number;
	}
}

int rpc_receive(int socket, struct rpc_message *m) {
	uint8_t data[LARGEST_MESSAGE];
	struct cursor inner, c;
	unsigned field;
	uint64_t number;
	*m = (struct rpc_message){0};
	ssize_t n = recv(socket, data, sizeof data, 0);
	if (n <= 0)
		return (int)n;
	c = (struct cursor){data, data + n};
	while (next_field(&c, &field, &number, &inner)) {
		if (field == RESPONSE_TYPE)
			m->type = (enum rpc_type)number;
		else if (field == RESPONSE_SUCCESS)
			m->success = number;
		else if (field == RESPONSE_NOTIFY || field == RESPONSE_RESTORE)
			parse_inner(inner, m, field == RESPONSE_NOTIFY);
		else if (field == RESPONSE_ERROR)
			copy_text(m->error, sizeof m->error, &inner);
	}
	return 1;
}
