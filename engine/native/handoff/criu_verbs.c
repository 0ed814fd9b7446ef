/* Dump and restore, as CRIU is asked for them. */
#define _GNU_SOURCE
#include <stdio.h>

#include "criu.h"
#include "criu_parts.h"
#include "fault.h"
#include "inner_pid.h"
#include "mutation.h"

enum {
	CGROUPS_IGNORE = 0,
	NETWORK_LOCK_SKIP = 3,
	GHOST_LIMIT = 512 << 20,
};

static void common_options(struct buffer *o, const char *log) {
	char settings[80];
	snprintf(settings, sizeof settings, "%s/criu.conf", criu_parts.images_path);
	rpc_number(o, OPTION_IMAGES_DIR_FD, (uint64_t)-1);
	rpc_text(o, OPTION_IMAGES_DIR, criu_parts.images_path);
	rpc_text(o, OPTION_CONFIG_FILE, settings);
	rpc_text(o, OPTION_LOG_FILE, log);
	rpc_number(o, OPTION_LOG_LEVEL, (uint64_t)criu_parts.log_level);
	rpc_number(o, OPTION_NOTIFY_SCRIPTS, 1);
	rpc_number(o, OPTION_TCP_ESTABLISHED, 1);
	rpc_number(o, OPTION_NETWORK_LOCK, NETWORK_LOCK_SKIP);
	rpc_number(o, OPTION_MANAGE_CGROUPS_MODE, CGROUPS_IGNORE);
	rpc_number(o, OPTION_FILE_LOCKS, 1);
	rpc_number(o, OPTION_EVASIVE_DEVICES, 1);
	rpc_number(o, OPTION_SHELL_JOB, 1);
	rpc_number(o, OPTION_LINK_REMAP, 1);
	rpc_number(o, OPTION_FORCE_IRMAP, 1);
	rpc_number(o, OPTION_ORPHAN_PTS_MASTER, 1);
	rpc_number(o, OPTION_GHOST_LIMIT, GHOST_LIMIT);
	rpc_number(o, OPTION_SKIP_FILE_RWX_CHECK, 1);
}

int criu_dump(struct criu *k, bool lazy) {
	struct buffer o = {0};
	char path[40];
	if (fault("dump"))
		return -1;
	common_options(&o, "dump.log");
	rpc_number(&o, OPTION_PID, APPLICATION_ROOT);
	rpc_number(&o, OPTION_LEAVE_STOPPED, !mutated("end-state-of-criu"));
	if (lazy)
		rpc_number(&o, OPTION_LAZY_PAGES, 1);
	else {
		snprintf(path, sizeof path, "/proc/self/fd/%d", criu_parts.freezer);
		rpc_text(&o, OPTION_FREEZE_CGROUP, path);
	}
	int result = rpc_request(k->socket, RPC_DUMP, &o);
	buffer_free(&o);
	return result;
}

int criu_restore(struct criu *k, bool lazy, unsigned long out_inode, unsigned long err_inode) {
	struct buffer o = {0};
	char key[40];
	if (fault("restore"))
		return -1;
	common_options(&o, "restore.log");
	if (lazy)
		rpc_number(&o, OPTION_LAZY_PAGES, 1);
	snprintf(key, sizeof key, "pipe:[%lu]", out_inode);
	rpc_inherit(&o, criu_parts.out, key);
	snprintf(key, sizeof key, "pipe:[%lu]", err_inode);
	if (err_inode != out_inode)
		rpc_inherit(&o, criu_parts.err, key);
	int result = rpc_request(k->socket, RPC_RESTORE, &o);
	buffer_free(&o);
	return result;
}
