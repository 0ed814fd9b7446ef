#ifndef CARRYON_INIT_MOUNTS_H
#define CARRYON_INIT_MOUNTS_H

/* Container engines mount cgroups and /sys read-only; the sandbox's cgroups are made in them. Failure is left to whoever needs them. */
void make_kernel_mounts_writable(void);

#endif
