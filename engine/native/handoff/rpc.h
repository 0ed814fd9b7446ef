/* CRIU's service protocol (protobuf over SOCK_SEQPACKET), as much of it as the handoff needs. */
#ifndef HANDOFF_RPC_H
#define HANDOFF_RPC_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"

/* Numbers from CRIU's rpc.proto. */
enum rpc_type { RPC_DUMP = 1, RPC_RESTORE = 2, RPC_CHECK = 3, RPC_NOTIFY = 6 };

enum rpc_option {
	OPTION_IMAGES_DIR_FD = 1,
	OPTION_PID = 2,
	OPTION_TCP_ESTABLISHED = 5,
	OPTION_EVASIVE_DEVICES = 6,
	OPTION_SHELL_JOB = 7,
	OPTION_FILE_LOCKS = 8,
	OPTION_LOG_LEVEL = 9,
	OPTION_LOG_FILE = 10,
	OPTION_NOTIFY_SCRIPTS = 12,
	OPTION_LINK_REMAP = 18,
	OPTION_FORCE_IRMAP = 21,
	OPTION_INHERIT_FD = 27,
	OPTION_MANAGE_CGROUPS_MODE = 34,
	OPTION_GHOST_LIMIT = 35,
	OPTION_FREEZE_CGROUP = 44,
	OPTION_LAZY_PAGES = 48,
	OPTION_ORPHAN_PTS_MASTER = 50,
	OPTION_CONFIG_FILE = 51,
	OPTION_NETWORK_LOCK = 64,
	OPTION_SKIP_FILE_RWX_CHECK = 66,
	OPTION_IMAGES_DIR = 68,
	OPTION_LEAVE_STOPPED = 69,
};

void rpc_number(struct buffer *options, unsigned field, uint64_t value);
void rpc_text(struct buffer *options, unsigned field, const char *value);
void rpc_inherit(struct buffer *options, int fd, const char *key);

int rpc_request(int socket, enum rpc_type type, const struct buffer *options);
int rpc_acknowledge(int socket);

struct rpc_message {
	enum rpc_type type;
	bool success;
	char script[40]; /* of a notification */
	int pid;         /* of a restored root */
	char error[200];
};

/* 1: a message; 0: the other end closed; -1: failure. */
int rpc_receive(int socket, struct rpc_message *m);

#endif
