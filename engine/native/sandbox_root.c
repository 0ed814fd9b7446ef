#define _GNU_SOURCE
#include "sandbox_root.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

int mount_root_of(const char *mount_namespace, const char *target, const char **what) {
	*what = "open the mount namespaces";
	int own = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC), other = open(mount_namespace, O_RDONLY | O_CLOEXEC);
	if (own < 0 || other < 0)
		return -1;
	/* Only a mount of the namespace that one is in can be cloned. */
	*what = "enter the mount namespace";
	if (setns(other, CLONE_NEWNS))
		return -1;
	*what = "clone its root";
	int tree = syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (tree < 0)
		return -1;
	*what = "come back";
	if (setns(own, CLONE_NEWNS))
		return -1;
	*what = "make it read-only";
	struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, .propagation = 0};
	if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes))
		return -1;
	*what = "mount it";
	return syscall(SYS_move_mount, tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH);
}
