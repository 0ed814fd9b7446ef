#define _GNU_SOURCE
#include "init_mounts.h"

#include <mntent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

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
