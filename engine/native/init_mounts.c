#define _GNU_SOURCE
#include "init_mounts.h"

#include <linux/magic.h>
#include <mntent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

static bool is_below(const char *path, const char *directory) {
	size_t n = strlen(directory);
	return strncmp(path, directory, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

static void remount_writable(const struct mntent *entry) {
	/* A flag that is left out would be cleared: a locked one then makes the call fail. */
	unsigned long flags = MS_REMOUNT | MS_BIND;
	if (hasmntopt(entry, "nosuid"))
		flags |= MS_NOSUID;
	if (hasmntopt(entry, "nodev"))
		flags |= MS_NODEV;
	if (hasmntopt(entry, "noexec"))
		flags |= MS_NOEXEC;
	if (hasmntopt(entry, "relatime"))
		flags |= MS_RELATIME;
	mount(NULL, entry->mnt_dir, NULL, flags, NULL);
}

void make_kernel_mounts_writable(void) {
	FILE *mounts = setmntent("/proc/self/mounts", "r");
	if (!mounts)
		return;
	struct mntent *entry;
	while ((entry = getmntent(mounts)))
		if (hasmntopt(entry, "ro") && (is_below(entry->mnt_dir, "/sys") || is_below(entry->mnt_dir, "/proc/sys")))
			remount_writable(entry);
	endmntent(mounts);
}

void make_run_volatile(void) {
	struct statfs run;
	if (!statfs("/run", &run) && run.f_type != TMPFS_MAGIC)
		mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755");
}

void make_tun_device(void) {
	mkdir("/dev/net", 0755);
	mknod("/dev/net/tun", S_IFCHR | 0666, makedev(10, 200));
}
